import { createServer, request } from 'node:http'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { sharedGateway } from '../shared/gateway.ts'
import { listen } from '../shared/listen.ts'
import { runCli } from './harness.ts'

const gateway = await sharedGateway()
const key = await gateway.newKey('agent')
const folder = temporaryFolder()
/** How many of the next answers to creating POSTs are lost on the way back. */
let losing = 0
const proxy = createServer((asked, answer) => {
  const { method, url = '' } = asked
  const headers = { ...asked.headers, host: new URL(gateway.url).host }
  const onward = request(gateway.url + url, { method, headers }, (told) => {
    if (url === '/v1/generations' && method === 'POST' && losing-- > 0) {
      return asked.socket.destroy()
    }
    return told.pipe(answer.writeHead(told.statusCode ?? 502, told.headers))
  })
  asked.pipe(onward.on('error', () => asked.socket.destroy()))
})
const proxyUrl = await listen(proxy)

/** Starts the command as an agent does, behind a proxy that can lose answers. */
const connect = async (...args: string[]): Promise<Client> => {
  const made = new Client({ name: 'test', version: '1.0.0' })
  const { PATH = '' } = process.env
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(PROJECT, 'src/cli/main.ts'), 'mcp', ...args],
    env: { PATH, HOME: folder.path, PIKA_EDGE_URL: proxyUrl, PIKA_EDGE_KEY: key },
  })
  await made.connect(transport)
  return made
}
const client = await connect('--save-to', folder.path)
afterAll(async () => {
  await client.close()
  proxy.close()
  proxy.closeAllConnections()
  folder[Symbol.dispose]()
})

interface Answer {
  readonly [name: string]: unknown
  readonly id: string
  readonly status: string
}

/** Calls a tool that is expected to succeed. */
const call = async (name: string, args: object, by = client): Promise<Answer> => {
  const asked = { name, arguments: { ...args } }
  const { isError, structuredContent, content } = await by.callTool(asked)
  if (isError === true) throw new Error(JSON.stringify(content))
  return structuredContent as Answer
}

/** Calls a tool that is expected to refuse, and returns its message. */
const refusal = async (name: string, args: object): Promise<string> => {
  const { isError, content } = await client.callTool({ name, arguments: { ...args } })
  expect(isError).toBe(true)
  return (content as { text: string }[]).map(({ text }) => text).join('\n')
}

const wait = (id: string) => call('get_video', { id, wait_seconds: 45 })

test('offers its tools with schemas, and marks those that change something', async () => {
  const { tools } = await client.listTools()
  const hints = tools.map(({ name, annotations }) => {
    return [name, annotations?.readOnlyHint, annotations?.destructiveHint]
  })
  expect(hints).toEqual([
    ['estimate_video', true, undefined],
    ['generate_video', false, false],
    ['get_video', true, undefined],
    ['list_videos', true, undefined],
    ['cancel_video', false, true],
    ['save_video', false, false],
  ])
  expect(tools.every(({ outputSchema }) => outputSchema?.type === 'object')).toBe(true)
  expect(tools[1]?.inputSchema).toMatchObject({
    required: ['prompt'],
    properties: { resolution: { enum: ['720p', '1080p'] }, variation: { maximum: 1000 } },
  })
})

test('estimates, makes, waits for, lists and saves a video', async () => {
  const asked = { prompt: 'A mill, by an agent', resolution: '1080p' }
  const estimate = { cost: { estimated_usd: 0.45 }, admissible: true }
  expect(await call('estimate_video', asked)).toMatchObject(estimate)
  const { id } = await call('generate_video', asked)
  expect(await wait(id)).toMatchObject({ status: 'completed', cost: { charged_usd: 0.45 } })
  expect(await call('list_videos', { limit: 1 })).toMatchObject({ videos: [{ id }] })
  const saved = await call('save_video', { id, file_name: 'mill' })
  expect(saved).toEqual({ path: join(folder.path, 'mill.mp4'), bytes: expect.any(Number) })
  expect(readFileSync(join(folder.path, 'mill.mp4')).byteLength).toBe(saved['bytes'])
  expect(await refusal('save_video', { id, file_name: 'mill.mp4' })).toContain('exists already')
  expect(await refusal('save_video', { id, file_name: '../mill' })).toContain('plain name')
  expect(readdirSync(folder.path).filter((name) => name.endsWith('.mp4'))).toEqual(['mill.mp4'])
})

describe('the same input again', () => {
  test('gives the same video after a lost answer, a repeated call or a restart', async () => {
    const asked = { prompt: 'A ferry, by an agent [emulator: submit=lost]' }
    losing = 1
    const { id } = await call('generate_video', asked)
    expect(await wait(id)).toMatchObject({ status: 'completed' })
    // Spelling out the defaults gives the same input.
    const again = { ...asked, duration: '5', aspect_ratio: '16:9' }
    expect(await call('generate_video', again)).toMatchObject({ id, replayed: true })
    const other = await connect()
    expect(await call('generate_video', asked, other)).toMatchObject({ id, replayed: true })
    await other.close()
    expect(await gateway.submits(asked.prompt)).toBe(1)
  })

  test('gives one video when two agents ask at once', async () => {
    const asked = { prompt: 'A bridge, by two agents' }
    const [one, two] = await Promise.all([1, 2].map(() => call('generate_video', asked)))
    expect(one?.id).toBe(two?.id)
    expect(one?.['replayed']).not.toBe(two?.['replayed'])
    expect(await gateway.submits(asked.prompt)).toBe(1)
  })

  test("is reported as a replay, with the first request's time and how to get another video", async () => {
    const asked = { prompt: 'A dune, by an agent' }
    const first = await call('generate_video', asked)
    const { content } = await client.callTool({ name: 'generate_video', arguments: asked })
    const text = JSON.stringify(content)
    expect(text).toContain(`already requested at ${String(first['created_at'])}`)
    expect(text).toContain('variation 2')
    const second = await call('generate_video', { ...asked, variation: 2 })
    expect(second).toMatchObject({ replayed: false })
    expect(second.id).not.toBe(first.id)
    expect(await gateway.submits(asked.prompt)).toBe(2)
    const seeded = { ...asked, seed: 0, variation: 2 }
    expect(await refusal('generate_video', seeded)).toContain('change the seed')
  })

  test('makes a new video if nothing was charged', async () => {
    const asked = { prompt: 'A march, by an agent [emulator: queue_ms=10000000]' }
    const first = await call('generate_video', asked)
    await call('cancel_video', { id: first.id })
    expect(await wait(first.id)).toMatchObject({ status: 'canceled', cost: { state: 'released' } })
    const second = await call('generate_video', asked)
    expect(second.id).not.toBe(first.id)
    expect(await call('generate_video', asked)).toMatchObject({ id: second.id, replayed: true })
    expect(await gateway.submits(asked.prompt)).toBe(2)
  })

  test.each([
    ['its failure was charged', 'outcome=content_policy', 'failed', 'charged'],
    ['it is unknown whether it was charged', 'submit=lost history=never', 'submitting', 'reserved'],
  ])('makes no new video if %s', async (_name, marker, status, state) => {
    const prompt = `A quarrel, by an agent [emulator: webhook=lost ${marker}]`
    const { id } = await call('generate_video', { prompt })
    await expect.poll(() => call('get_video', { id })).toMatchObject({ status, cost: { state } })
    expect(await call('generate_video', { prompt })).toMatchObject({ id, replayed: true })
    expect(await gateway.submits(prompt)).toBe(1)
  })
})

test('refuses with messages that a model can act on', async () => {
  expect(await refusal('generate_video', { prompt: 'p', duration: 7 })).toContain('must be 5 or 10')
  expect(await refusal('get_video', { id: 'gen_01nosuch00000000000000000' })).toContain('not_found')
  expect(await refusal('get_video', { id: 'gen_1', wait_seconds: 46 })).toContain('wait_seconds')
})

test('says how much of the budget is left when it does not cover the video', async () => {
  const budget = (usd: number) =>
    runCli(['--account', 'agent', 'accounts', 'update', '--daily-budget', `${usd}`], {
      env: { PIKA_EDGE_URL: gateway.url, PIKA_EDGE_KEY: gateway.adminKey },
    })
  expect(await budget(0.1)).toMatchObject({ exitCode: 0 })
  const said = JSON.parse(await refusal('generate_video', { prompt: 'Too much, by an agent' }))
  expect(said).toMatchObject({
    code: 'over_budget',
    cost: { needed_usd: 0.2, left_usd: 0, resets_at: expect.any(String) },
    hint: expect.stringContaining('what is left'),
  })
  await budget(100)
})
