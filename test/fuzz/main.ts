/** `npm run fuzz`: sends the Worker, under wrangler on a real port, what no sane caller sends. */
import { Agent, request as httpRequest } from 'node:http'
import { Command } from '@commander-js/extra-typings'
import { runScript } from '../../scripts/interrupt.ts'
import { startStack } from '../../scripts/stack.ts'
import { createApp } from '../../src/app.ts'
import { createPikaClient } from '../../src/client/index.ts'
import { type FuzzAnswer, judge } from './judge.ts'
import { createFuzz, type FuzzRequest } from './requests.ts'

const options = new Command('npm run fuzz --')
  .option('--requests <number>', 'how many', Number, 10_000)
  .option('--seed <number>', 'the same seed sends the same requests', Number, 1)
  .option('--concurrency <number>', 'how many at a time', Number, 16)
/** Longer than any answer may take: `Prefer: wait` is limited to a minute. */
const PATIENCE_MS = 90_000
const SHOWN = 10

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Sends it unchanged, as `fetch` would not; undefined if HTTP cannot express it. */
const send = (url: URL, { method, target, headers, body }: FuzzRequest) =>
  new Promise<FuzzAnswer | undefined>((resolve) => {
    try {
      // Node does not frame a DELETE or OPTIONS body by itself, and the next request would be lost.
      const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) }
      const { hostname, port } = url
      const sent = httpRequest(
        { agent, hostname, port, method, path: target, headers: { ...headers, ...length } },
        (response) => {
          const told = Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          )
          const answer = { status: response.statusCode ?? 0, headers: told }
          if (told['content-type']?.startsWith('text/event-stream')) {
            response.destroy()
            return resolve({ ...answer, text: '' })
          }
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (part: string) => (text += part))
          response.on('end', () => resolve({ ...answer, text }))
          response.on('error', () => resolve({ ...answer, text }))
        },
      )
      sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error('no answer')))
      sent.on('error', () => resolve({ status: 0, headers: {}, text: '' }))
      sent.end(body ?? undefined)
    } catch {
      resolve(undefined)
    }
  })

const fuzz = async (signal: AbortSignal): Promise<void> => {
  const flags = options.parse().opts()

  await using running = new AsyncDisposableStack()
  const stack = running.use(await startStack({ signal, emulator: { queueMs: 0, renderMs: 0 } }))
  const { secrets } = stack
  const pika = createPikaClient({ baseUrl: stack.url, apiKey: secrets.ADMIN_KEY })
  const budget = { param: { id: 'default' }, json: { daily_budget_usd: 1000 } }
  await pika.api.v1.accounts[':id'].$put(budget)
  const input = { prompt: 'a quiet harbour' }
  const own = await pika.create(input)
  const scheduled = await pika.schedules.create({ name: 'fuzz', cron: '0 9 * * *', input })
  const scopes = ['generations:read', 'generations:write', 'schedules:write', 'admin'] as const
  const key = (account_id: string) =>
    pika.keys.create({ account_id, name: 'fuzz', scopes: [...scopes] })
  const [ours, theirs] = [await key('default'), await key('rival')]
  const routes = createApp(() => {
    throw new Error('only its routes are looked at')
  }).routes.filter(({ method }) => method !== 'ALL')

  const next = createFuzz(flags.seed, {
    routes,
    adminKey: secrets.ADMIN_KEY,
    tokens: [ours.key, theirs.key, own.client_secret],
    ids: [scheduled.id, own.id, own.fal_request_id ?? '', ours.id, theirs.id, 'default', 'rival'],
    mayWait: true,
  })
  const hidden = [...Object.values(secrets), ours.key, theirs.key]
  const statuses = new Map<number, number>()
  const complaints: string[] = []
  const url = new URL(stack.url)
  const startedMs = Date.now()
  let sent = 0
  const work = async (): Promise<void> => {
    while (sent < flags.requests && !signal.aborted) {
      const request = next()
      const answer = await send(url, request)
      if (answer === undefined) continue
      sent++
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      const wrong = judge(request, answer, hidden)
      if (wrong.length > 0) complaints.push(describe(wrong, request, answer))
      if (sent % 1000 === 0) process.stdout.write(`${sent} sent\n`)
    }
  }
  await Promise.all(Array.from({ length: flags.concurrency }, work))

  const seconds = (Date.now() - startedMs) / 1000
  const tally = [...statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
  process.stdout.write(`${sent} requests in ${seconds.toFixed(1)} s; ${tally.join(', ')}\n`)
  for (const complaint of complaints.slice(0, SHOWN)) process.stdout.write(`${complaint}\n`)
  if (complaints.length > 0) throw new Error(`${complaints.length} answers were wrong`)
  process.stdout.write(`no complaint; seed ${flags.seed}\n`)
}

const describe = (wrong: readonly string[], request: FuzzRequest, answer: FuzzAnswer): string =>
  JSON.stringify({
    wrong,
    status: answer.status,
    method: request.method,
    target: request.target.slice(0, 200),
    body: request.body?.slice(0, 200),
    answer: answer.text.slice(0, 300),
  })

await runScript(fuzz)
