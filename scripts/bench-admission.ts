/** `node scripts/bench-admission.ts`: what a key, limits and budgets cost, against the bare /healthz beside them. */
import { Agent, request as httpRequest } from 'node:http'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { startFreshStack } from './fresh-stack.ts'
import { runScript } from './interrupt.ts'

const HELP = 'node scripts/bench-admission.ts [--rounds 30] [--batch 10]\n'

/** One connection, one request at a time: what is measured is the answer, not the queue for it. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

interface Case {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly expected: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Sends one request and answers its milliseconds; anything but the expected status is an error. */
const time = (url: URL, { method, path, expected, headers, body, name }: Case) =>
  new Promise<number>((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const framed =
      text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const startedMs = performance.now()
    const { hostname, port } = url
    const sent = httpRequest(
      { agent, hostname, port, method, path, headers: { ...headers, ...framed } },
      (response) => {
        response.resume()
        response.on('end', () => {
          if (response.statusCode === expected) return resolve(performance.now() - startedMs)
          reject(new Error(`${name}: ${response.statusCode} instead of ${expected}`))
        })
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

const bench = async (signal: AbortSignal): Promise<void> => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '30' },
      batch: { type: 'string', default: '10' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(HELP)

  await using running = new AsyncDisposableStack()
  const stack = running.use(await startFreshStack(signal))
  const { ask, secrets } = stack
  const makeKey = async (account_id: string, more: object = {}) => {
    await ask('PUT', `/v1/accounts/${account_id}`, { max_open: 100_000, daily_budget_usd: null })
    const scopes = ['generations:read', 'generations:write']
    const request = { account_id, name: 'bench', scopes, ...more }
    const { key } = await ask<{ key: string }>('POST', '/v1/keys', request)
    return { authorization: `Bearer ${key}` }
  }
  const free = await makeKey('free')
  const limited = await makeKey('limited', { daily_budget_usd: 1e5, monthly_budget_usd: 1e6 })
  await ask('PUT', '/v1/accounts/limited', { daily_budget_usd: 1e5, monthly_budget_usd: 1e6 })
  const broke = await makeKey('broke', { daily_budget_usd: 0 })
  const admin = { authorization: `Bearer ${secrets.ADMIN_KEY}`, 'pika-account': 'free' }
  const input = { prompt: 'a quiet harbour' }
  const post = { method: 'POST', path: '/v1/generations', body: input }
  const cases: readonly Case[] = [
    {
      name: 'GET /healthz: nothing asked (the peer)',
      method: 'GET',
      path: '/healthz',
      expected: 200,
    },
    { name: 'POST without a key: 401', ...post, expected: 401 },
    {
      name: 'GET /v1/models, ADMIN_KEY: one hash',
      method: 'GET',
      path: '/v1/models',
      expected: 200,
      headers: admin,
    },
    {
      name: 'GET /v1/models, a key: KV and rate limit',
      method: 'GET',
      path: '/v1/models',
      expected: 200,
      headers: free,
    },
    {
      name: 'POST estimate, a key: and the object',
      ...post,
      path: '/v1/generations/estimate',
      expected: 200,
      headers: limited,
    },
    { name: 'POST refused by the budget: 402', ...post, expected: 402, headers: broke },
    { name: 'POST admitted, ADMIN_KEY, no budget', ...post, expected: 202, headers: admin },
    { name: 'POST admitted, a key, no budget', ...post, expected: 202, headers: free },
    { name: 'POST admitted, a key, four budgets', ...post, expected: 202, headers: limited },
  ]
  const url = new URL(stack.url)
  const times = new Map(cases.map(({ name }) => [name, [] as number[]]))
  const rounds = Number(values.rounds)
  // In turns, so that whatever else the machine does strikes all of them alike.
  for (let round = -2; round < rounds; round++) {
    signal.throwIfAborted()
    for (const each of cases) {
      // Guesses without a key are limited to sixty a minute.
      const batch = each.expected === 401 ? 1 : Number(values.batch)
      for (let index = 0; index < batch; index++) {
        const tookMs = await time(url, each)
        if (round >= 0) times.get(each.name)?.push(tookMs)
      }
    }
    // A key may make 200 requests in ten seconds.
    await new Promise((resolve) => setTimeout(resolve, 200))
  }

  const rows = cases.map(({ name }) => {
    const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b)
    return {
      name,
      count: sorted.length,
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
    }
  })
  const peerMs = rows[0]?.p50 ?? Number.NaN
  process.stdout.write('\n| request | n | p50 ms | p95 ms | p50 / peer |\n|---|---|---|---|---|\n')
  for (const { name, count, p50, p95 } of rows) {
    const cells = [name, count, p50.toFixed(2), p95.toFixed(2), (p50 / peerMs).toFixed(2)]
    process.stdout.write(`| ${cells.join(' | ')} |\n`)
  }
}

await runScript(bench)
