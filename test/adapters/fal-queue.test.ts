import { expect, onTestFinished, test } from 'vitest'
import { createFalQueue } from '../../src/adapters/fal-queue.ts'
import { createEmulator, DEFAULT_FAL_KEY, readVideo } from '../../src/emulator/index.ts'
import type { EmulatorOptions } from '../../src/emulator/index.ts'
import { ASKED } from '../domain/generation/example.ts'

const ORIGIN = 'https://queue.fal.run'
const INPUT = ASKED.input
const HOOK = 'https://gateway.test/callbacks/fal/studio/gen_1/mac?a=b&c=d'
const OPTIONS = { startTimeoutSeconds: 14_400, webhookUrl: HOOK }

type FalQueue = ReturnType<typeof createFalQueue>

const queueOver = (send: typeof fetch, queueUrl = ORIGIN): FalQueue =>
  createFalQueue({ queueUrl, credentials: DEFAULT_FAL_KEY, fetch: send })

/** Every call about one job. */
const callsOf = (fal: FalQueue, id: string) => ({
  submit: () => fal.submit(INPUT, OPTIONS),
  status: () => fal.status(id, { logs: false }),
  result: () => fal.result(id, { saysFailed: false }),
  cancel: async () => ({ type: await fal.cancel(id) }),
})

/** A request as it goes out on the wire. */
const wireOf = async (request: Request) => {
  const { method, url, redirect } = request
  const text = await request.clone().text()
  const body: unknown = text === '' ? null : JSON.parse(text)
  return { method, url, redirect, headers: Object.fromEntries(request.headers), body }
}

/** The adapter in front of the emulated queue, and what it sends on the wire. */
const createBench = (queueUrl = ORIGIN, options: Partial<EmulatorOptions> = {}) => {
  const emulator = createEmulator({ loadVideo: readVideo, queueMs: 0, renderMs: 0, ...options })
  onTestFinished(() => emulator.close())
  const sent: Awaited<ReturnType<typeof wireOf>>[] = []
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    sent.push(await wireOf(request))
    return emulator.fetch(request)
  }
  const control = async (path: string, body: object) =>
    emulator.fetch(
      new Request(`${ORIGIN}/_emulator/${path}`, { method: 'POST', body: JSON.stringify(body) }),
    )
  const fal = queueOver(send, queueUrl)
  const accept = async (prompt: string) => {
    const answer = await fal.submit({ ...INPUT, prompt }, OPTIONS)
    if (answer.type !== 'accepted') throw new Error(`not accepted: ${answer.type}`)
    return answer.requestId
  }
  return { emulator, sent, control, fal, accept }
}

const asking = (marker: string) => ({ ...INPUT, prompt: `A paper boat [emulator: ${marker}]` })

test.each([
  ['submit=ok', 'accepted', 1],
  ['submit=429', 'refused', 0],
  ['submit=locked', 'refused', 0],
  ['submit=unauthorized', 'refused', 0],
  ['submit=503_before', 'unproven', 0],
  ['submit=503_before_id', 'unknown', 0],
  ['submit=500_before', 'unknown', 0],
  ['submit=redirect', 'unknown', 0],
  ['submit=reset', 'unknown', 0],
  ['submit=500_after', 'unknown', 1],
  ['submit=502_after', 'unknown', 1],
  ['submit=503_after', 'unknown', 1],
  ['submit=504_after', 'unknown', 1],
  ['submit=500_after_no_id', 'unknown', 1],
  ['submit=502_after_no_id', 'unknown', 1],
  ['submit=504_after_no_id', 'unknown', 1],
  ['submit=504_after_inner_id', 'unknown', 1],
  ['submit=lost', 'unknown', 1],
  ['submit=no_id', 'unknown', 1],
  ['submit=malformed', 'unknown', 1],
])('%s sends one POST, is %s, and leaves %i jobs at fal', async (marker, type, jobs) => {
  const { emulator, fal, sent } = createBench()
  expect((await fal.submit(asking(marker), OPTIONS)).type).toBe(type)
  expect(sent.map(({ method }) => method)).toEqual(['POST'])
  expect(emulator.jobs()).toHaveLength(jobs)
})

test.each([301, 302, 303, 304, 307, 308, 408, 425, 429, 499, 500, 502, 503, 504, 520, 599])(
  'a submit answered with a bare %i is not retried',
  async (fault) => {
    const { control, fal, sent } = createBench()
    await control('faults', { op: 'submit', fault, times: 9 })
    await fal.submit(INPUT, OPTIONS)
    expect(sent).toHaveLength(1)
  },
)

const timedOut = Object.assign(new Error(), { code: 'ETIMEDOUT' })
const broken = () =>
  new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })

test.each<[string, () => unknown]>([
  ['TypeError: fetch failed', () => new TypeError('fetch failed')],
  ['ECONNRESET', () => Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
  ['ETIMEDOUT, as a cause', () => new TypeError('fetch failed', { cause: timedOut })],
  ['a timeout', () => new DOMException('too late', 'TimeoutError')],
  ['no error at all', () => 'gone'],
  ['a body that is cut off', () => new Response(broken())],
])('%s is unknown, and not retried', async (_, ends) => {
  let sends = 0
  const fal = queueOver(async () => {
    sends++
    const end = ends()
    if (end instanceof Response) return end
    throw end
  })
  expect((await fal.submit(INPUT, OPTIONS)).type).toBe('unknown')
  expect(sends).toBe(1)
})

test('reads one megabyte of a fifty-megabyte answer, and believes none of it', async () => {
  let readBytes = 0
  let isLetGo = false
  const chunk = new TextEncoder().encode(' '.repeat(64 * 1024))
  const endless = () =>
    new ReadableStream({
      pull: (controller) => {
        readBytes += chunk.byteLength
        if (readBytes > 50 * 1024 * 1024) controller.close()
        else controller.enqueue(chunk)
      },
      cancel: () => void (isLetGo = true),
    })
  const fal = queueOver(async () => new Response(endless()))
  expect((await fal.submit(INPUT, OPTIONS)).type).toBe('unknown')
  expect(readBytes).toBeLessThan(2 * 1024 * 1024)
  expect(isLetGo).toBe(true)
  expect((await fal.status('req-1', { logs: true })).type).toBe('no_answer')
  expect((await fal.result('req-1', { saysFailed: true })).type).toBe('no_answer')
  expect(await fal.cancel('req-1')).toBe('no_answer')
})

test('sends the input, the key, the start timeout, and the webhook if there is one', async () => {
  const { fal, sent } = createBench()
  await fal.submit(INPUT, OPTIONS)
  const [request] = sent
  expect(request).toMatchObject({
    method: 'POST',
    redirect: 'manual',
    body: { prompt: 'A paper boat', aspect_ratio: '16:9', resolution: '720p', duration: 5 },
    headers: {
      authorization: `Key ${DEFAULT_FAL_KEY}`,
      'content-type': 'application/json',
      // The first is fal's current name, the second its old one.
      'x-fal-request-start-timeout': '14400',
      'x-fal-request-timeout': '14400',
    },
  })
  expect(Object.keys(Object(request?.body))).toEqual(Object.keys(INPUT))
  const url = new URL(request?.url ?? '')
  expect(url.origin + url.pathname).toBe(`${ORIGIN}/fal-ai/pika/v2.2/text-to-video`)
  expect([...url.searchParams]).toEqual([['fal_webhook', HOOK]])
  await fal.submit(INPUT, { startTimeoutSeconds: 60 })
  expect(new URL(sent[1]?.url ?? '').search).toBe('')
})

test('sends seed 0, an empty negative prompt, and a prompt in any script unchanged', async () => {
  const { emulator, fal, sent } = createBench()
  const prompt = 'Ein Boot 🚤 in 東京 "und" \\ \n zurück'
  const input = { ...INPUT, prompt, seed: 0, negative_prompt: '' }
  await fal.submit(input, OPTIONS)
  expect([sent[0]?.body, emulator.jobs()[0]?.input]).toEqual([input, input])
})

test.each(['http://127.0.0.1:8788', 'http://127.0.0.1:8788/', 'https://proxy.test/fal'])(
  'the key goes to the queue at %s, and nowhere else',
  async (queueUrl) => {
    const { fal, sent } = createBench(queueUrl)
    for (const call of Object.values(callsOf(fal, 'req-1'))) await call()
    const base = queueUrl.replace(/\/$/, '')
    expect(sent.map(({ url }) => url.split('?')[0])).toEqual([
      `${base}/fal-ai/pika/v2.2/text-to-video`,
      `${base}/fal-ai/pika/requests/req-1/status`,
      `${base}/fal-ai/pika/requests/req-1`,
      `${base}/fal-ai/pika/requests/req-1/cancel`,
    ])
  },
)

test("the key does not go to URLs in fal's answers", async () => {
  const { accept, fal, sent } = createBench(ORIGIN, { origin: 'https://evilfal.run' })
  const id = await accept('A paper boat')
  for (const call of Object.values(callsOf(fal, id))) await call()
  expect(new Set(sent.map(({ url }) => new URL(url).origin))).toEqual(new Set([ORIGIN]))
})

test.each(['submit', 'status', 'result', 'cancel'] as const)(
  'the key does not follow a redirect from %s',
  async (op) => {
    const { accept, control, fal, sent } = createBench()
    const id = await accept('A paper boat')
    const headers = { location: 'https://evilfal.run/' }
    await control('faults', { op, fault: 307, times: 9, headers })
    expect((await callsOf(fal, id)[op]()).type).toMatch(/^(unknown|no_answer)$/)
    expect(sent).toHaveLength(2)
    expect(sent.at(-1)).toMatchObject({ redirect: 'manual' })
    expect(sent.map(({ url }) => new URL(url).origin)).toEqual([ORIGIN, ORIGIN])
  },
)

test('looks ask for logs only when told to', async () => {
  const { accept, fal, sent } = createBench()
  const id = await accept('A paper boat')
  await fal.status(id, { logs: false })
  await fal.status(id, { logs: true })
  expect(sent.slice(1).map(({ method, url }) => `${method} ${new URL(url).search}`)).toEqual([
    'GET ?logs=0',
    'GET ?logs=1',
  ])
})

test('looks follow a job from the queue to its video', async () => {
  const { accept, control, fal } = createBench(ORIGIN, { queueMs: 1000, renderMs: 1000 })
  await control('clock', { frozen: true })
  const id = await accept('A paper boat')
  expect(await fal.status(id, { logs: true })).toEqual({ type: 'in_queue', position: 3 })
  expect(await fal.result(id, { saysFailed: false })).toEqual({ type: 'pending' })
  await control('clock', { advance_ms: 1500 })
  expect(await fal.status(id, { logs: true })).toMatchObject({ type: 'running' })
  await control('clock', { advance_ms: 1500 })
  expect(await fal.status(id, { logs: false })).toEqual({
    type: 'complete',
    saysFailed: false,
    logs: [],
  })
  expect(await fal.result(id, { saysFailed: false })).toMatchObject({
    type: 'output',
    video: { sourceUrl: `${ORIGIN}/files/${id}/output.mp4`, contentType: 'video/mp4' },
  })
})

test('looks report a missing job as not found', async () => {
  const { fal } = createBench()
  expect(await fal.status('nothing', { logs: false })).toEqual({ type: 'not_found' })
  expect(await fal.result('nothing', { saysFailed: false })).toEqual({ type: 'not_found' })
})

test.each(['status', 'result', 'cancel'] as const)(
  '%s asks once, and has no answer when fal has none',
  async (op) => {
    const { accept, control, fal, sent } = createBench()
    const id = await accept('A paper boat')
    for (const fault of [429, 500, 502, 503, 504, 'lost', 'reset']) {
      sent.length = 0
      await control('faults', { op, fault })
      expect(await callsOf(fal, id)[op]()).toEqual({ type: 'no_answer' })
      expect(sent).toHaveLength(1)
    }
  },
)

test('a cancel is a PUT, and accepted while the job runs', async () => {
  const { accept, fal, sent } = createBench(ORIGIN, { renderMs: 60_000 })
  const id = await accept('A paper boat')
  expect(await fal.cancel(id)).toBe('accepted')
  expect(sent.at(-1)?.method).toBe('PUT')
  expect(await fal.result(id, { saysFailed: true })).toEqual({ type: 'canceled' })
})

test('a cancel comes too late for a finished job, and reports a missing one as not found', async () => {
  const { accept, fal } = createBench()
  expect(await fal.cancel(await accept('A paper boat'))).toBe('already_completed')
  expect(await fal.cancel('nothing')).toBe('not_found')
})
