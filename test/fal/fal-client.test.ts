import { execFile, spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createFalClient, type FalClient } from '@fal-ai/client'
import { beforeEach, describe, expect, it } from 'vitest'
import { SUBMIT_BEHAVIOURS } from '../../src/emulator/markers.ts'
import { readBlocks } from '../readme/blocks.ts'
import { sharedGateway } from '../shared/gateway.ts'

const MODEL = 'fal-ai/pika/v2.2/text-to-video'
const PROMPT = 'Sunlight on a slow river'
/** A job waits this long in line, and then renders this long, unless the test moves it on. */
const LASTS_MS = 10_000_000
const MARKERS = `[emulator: queue_ms=${LASTS_MS} render_ms=${LASTS_MS}]`

const gateway = await sharedGateway()
let key: string
let fal: FalClient
let accounts = 0

const clientOf = (credentials: string): FalClient =>
  createFalClient({ credentials, proxyUrl: { url: `${gateway.url}/fal/proxy`, when: 'always' } })

beforeEach(async () => {
  key = await gateway.newKey(`caller-${++accounts}`)
  fal = clientOf(key)
})

/** Moves a job on from each state once the client has seen it, and records what it saw. */
const onwards = (prompt: string) => {
  const seen = new Set<string>()
  const see = async (status: string): Promise<void> => {
    const isNews = !seen.has(status)
    seen.add(status)
    if (isNews && status !== 'COMPLETED') await gateway.advance(prompt, LASTS_MS)
  }
  return { seen, see }
}

const call = (path: string, init: RequestInit = {}) =>
  fetch(gateway.url + path, {
    ...init,
    headers: { authorization: `Key ${key}`, 'content-type': 'application/json' },
  })
const post = (path: string, body: object) =>
  call(path, { method: 'POST', body: JSON.stringify(body) })

/** The signed URL under which the gateway serves a video. */
const VIDEO_URL = expect.stringMatching(/\.mp4\?sig=[\w-]{22}$/)
describe("fal's own client, unchanged", () => {
  it.each(['polling', 'streaming'] as const)(
    'subscribes as in the documented example, by %s',
    async (mode) => {
      const prompt = `${PROMPT}, ${mode} ${MARKERS}`
      const { seen, see } = onwards(prompt)
      const logs: string[] = []
      const result = await fal.subscribe(MODEL, {
        input: { prompt },
        logs: true,
        mode,
        onQueueUpdate: (update) => {
          void see(update.status)
          if (update.status === 'IN_PROGRESS') {
            logs.push(...(update.logs ?? []).map((log) => log.message))
          }
        },
      })
      expect(result.data.video.url).toEqual(VIDEO_URL)
      expect(result.requestId).toMatch(/^gen_/)
      expect([...seen]).toEqual(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'])
      expect(logs.length).toBeGreaterThan(0)
      const made = { id: result.requestId, status: 'completed', cost: { charged_usd: 0.2 } }
      const listed = await (await call('/v1/generations')).json()
      expect(listed).toMatchObject({ data: [made] })
    },
  )

  it('submits, polls the status, streams it, and reads the result', async () => {
    const prompt = `${PROMPT}, step by step ${MARKERS}`
    const { seen, see } = onwards(prompt)
    const submitted = await fal.queue.submit(MODEL, { input: { prompt, seed: 0 } })
    expect(submitted).toMatchObject({ status: 'IN_QUEUE', queue_position: expect.any(Number) })
    const requestId = submitted.request_id
    const status = await fal.queue.status(MODEL, { requestId, logs: true })
    expect(status.status).toBe('IN_QUEUE')
    const stream = await fal.queue.streamStatus(MODEL, { requestId, logs: true })
    for await (const update of stream) await see(update.status)
    expect([...seen]).toEqual(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'])
    const done = await fal.queue.status(MODEL, { requestId, logs: true })
    const metrics = { inference_time: expect.any(Number) }
    expect(done).toMatchObject({ status: 'COMPLETED', metrics })
    const result = await fal.queue.result(MODEL, { requestId })
    const file = { content_type: 'video/mp4', file_name: 'output.mp4' }
    const video = { url: VIDEO_URL, ...file, file_size: expect.any(Number) }
    expect(result.data).toEqual({ video })
  })

  it('runs and waits for the output', async () => {
    const { data } = await fal.run(MODEL, { input: { prompt: PROMPT, duration: '5' } })
    expect(data.video.url).toEqual(VIDEO_URL)
  })

  it('cancels, and the job ends as it does at fal', async () => {
    const prompt = `${PROMPT} [emulator: queue_ms=3600000]`
    const { request_id: requestId } = await fal.queue.submit(MODEL, { input: { prompt } })
    await fal.queue.cancel(MODEL, { requestId })
    const status = await fal.queue.subscribeToStatus(MODEL, { requestId })
    expect(status).toMatchObject({ status: 'COMPLETED', error_type: 'client_cancelled' })
    await expect(fal.queue.result(MODEL, { requestId })).rejects.toMatchObject({ status: 499 })
  })

  it("gets the model's refusal in fal's own format", async () => {
    const prompt = `${PROMPT} [emulator: outcome=content_policy]`
    await expect(fal.subscribe(MODEL, { input: { prompt } })).rejects.toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'prompt'], type: 'content_policy_violation' }] },
    })
  })

  it.each(SUBMIT_BEHAVIOURS.filter((one) => one !== 'hang'))(
    'sends one POST to fal when submit ends in %s',
    async (fault) => {
      const prompt = `${PROMPT}, ${fault} [emulator: submit=${fault}]`
      const submitted = await fal.queue.submit(MODEL, { input: { prompt } })
      expect(submitted.request_id).toMatch(/^gen_/)
      expect(await gateway.submits(prompt)).toBe(1)
      const generation = await (await call(`/v1/generations/${submitted.request_id}`)).json()
      expect(generation).toMatchObject({ id: submitted.request_id, input: { prompt } })
    },
  )

  it('sends one POST to fal when a waiting call fails at fal', async () => {
    for (const fault of ['submit=429', 'submit=503_before', 'outcome=runner_disconnected']) {
      const prompt = `${PROMPT} [emulator: ${fault}]`
      await expect(fal.run(MODEL, { input: { prompt } })).rejects.toMatchObject({ status: 500 })
      expect(await gateway.submits(prompt)).toBe(1)
    }
  })

  it('gets a readable refusal for another model, another target and an unknown key', async () => {
    await expect(
      fal.queue.submit('fal-ai/flux/dev' as never, { input: { prompt: PROMPT } as never }),
    ).rejects.toMatchObject({ status: 404, body: { detail: expect.stringContaining(MODEL) } })
    const target = { 'x-fal-target-url': 'https://evilfal.run/fal-ai/pika/x' }
    const headers = { authorization: `Key ${key}`, ...target }
    const away = await fetch(`${gateway.url}/fal/proxy`, { method: 'POST', headers, body: '{}' })
    expect(away.status).toBe(404)
    const asked = clientOf('pika_nobody').queue.submit(MODEL, { input: { prompt: PROMPT } })
    const refused = { status: 401, body: { detail: expect.any(String) } }
    await expect(asked).rejects.toMatchObject(refused)
  })

  it("finds none of another account's requests", async () => {
    const { request_id: requestId } = await fal.queue.submit(MODEL, { input: { prompt: PROMPT } })
    key = await gateway.newKey('someone-else')
    for (const path of ['', '/status', '/status/stream']) {
      const response = await call(`/queue/fal-ai/pika/requests/${requestId}${path}`)
      expect([path, response.status]).toEqual([path, 404])
      await response.body?.cancel()
    }
    const cancel = await call(`/queue/fal-ai/pika/requests/${requestId}/cancel`, { method: 'PUT' })
    expect(cancel.status).toBe(404)
    expect(await cancel.json()).toMatchObject({ status: 'NOT_FOUND' })
  })
})

describe('any HTTP caller', () => {
  it('gets the output from the documented curl call with only host and key changed', async () => {
    const response = await post(`/${MODEL}`, { prompt: PROMPT })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ video: { content_type: 'video/mp4' } })
  })

  it("finds fal's queue at /queue, with URLs that lead back to the gateway", async () => {
    const response = await post(`/queue/${MODEL}`, { prompt: `${PROMPT} ${MARKERS}` })
    const submitted = (await response.json()) as Record<string, string>
    const base = `${gateway.url}/queue/fal-ai/pika/requests/${submitted['request_id']}`
    expect(submitted).toMatchObject({
      response_url: base,
      status_url: `${base}/status`,
      cancel_url: `${base}/cancel`,
    })
    expect((await call(new URL(base).pathname)).status).toBe(400)
  })

  it('gets an error for each invalid field, and learns what to use instead of fal_webhook', async () => {
    const response = await post(`/queue/${MODEL}`, { prompt: '', duration: 7 })
    expect(response.status).toBe(422)
    expect(await response.json()).toEqual({
      detail: [
        { loc: ['body', 'prompt'], msg: 'must not be empty', type: 'value_error' },
        { loc: ['body', 'duration'], msg: 'must be 5 or 10 (seconds)', type: 'value_error' },
      ],
    })
    const query = 'fal_webhook=https://example.com/hook'
    const hooked = await post(`/queue/${MODEL}?${query}`, { prompt: PROMPT })
    expect(hooked.status).toBe(422)
    const msg = expect.stringContaining('webhook_url')
    const wrong = { loc: ['query', 'fal_webhook'], msg, type: 'value_error' }
    expect(await hooked.json()).toMatchObject({ detail: [wrong] })
  })

  it("gets what fal's Python client reads when it sends that client's exact bytes", async () => {
    const prompt = `${PROMPT}, as Python sends it ${MARKERS}`
    const ask = async (target: string, body = '') => {
      const { hostname, port, host, pathname, search } = new URL(target, gateway.url)
      const socket = connect(Number(port), hostname)
      const lines = [
        `${body === '' ? 'GET' : 'POST'} ${pathname}${search} HTTP/1.1`,
        `Host: ${host}`,
        'Accept: */*',
        'Accept-Encoding: identity',
        'Connection: close',
        'User-Agent: fal-client/0.2.2 (python)',
        `Authorization: Key ${key}`,
        ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
        ...(body === '' ? [] : ['Content-Type: application/json', 'X-Fal-Queue-Priority: normal']),
      ]
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
      const answer = String(Buffer.concat(await socket.toArray()))
      return JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? answer) as Record<string, unknown>
    }
    const body = JSON.stringify({ prompt }).replaceAll('":"', '": "')
    const submitted = await ask(`/queue/${MODEL}`, body)
    const status = () => ask(`${String(submitted['status_url'])}?logs=false`)
    // In Python a missing field would be a KeyError.
    expect(await status()).toMatchObject({ status: 'IN_QUEUE', queue_position: expect.any(Number) })
    await gateway.advance(prompt, LASTS_MS)
    await expect.poll(status).toMatchObject({ status: 'IN_PROGRESS', logs: null })
    await gateway.advance(prompt, LASTS_MS)
    await expect.poll(status).toMatchObject({ status: 'COMPLETED', logs: null })
    const video = { content_type: 'video/mp4' }
    expect(await ask(String(submitted['response_url']))).toMatchObject({ video })
  })
})

const hasPython = spawnSync('python3', ['--version']).status === 0
describe.skipIf(!hasPython)("fal's Python client (needs python3)", () => {
  const stdout = async (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => {
    const ran = await promisify(execFile)(file, args, { env: { ...process.env, ...env } })
    return ran.stdout
  }

  it.each([
    ['in the documented use', 'A loom, in Python'],
    ['when its connection breaks and it sends again', 'A kiln [emulator: submit_ms=3000]'],
    ["when fal's answer is lost", 'A forge [emulator: submit=lost]'],
  ])('gets its videos from both hosts %s', async (_name, prompt) => {
    const { host } = new URL(gateway.url)
    const hosts = { FAL_RUN_HOST: host, FAL_QUEUE_RUN_HOST: `${host}/queue`, FAL_KEY: key }
    const program = join(import.meta.dirname, 'fal_client.py')
    const printed = await stdout('python3', [program, MODEL, prompt], hosts)
    const video = { url: VIDEO_URL, content_type: 'video/mp4' }
    expect(JSON.parse(printed)).toMatchObject({ result: { video }, ran: { video } })
    expect(await gateway.submits(prompt)).toBe(1)
  })

  it('runs docs/python.md with only the address and the key changed', async () => {
    const [shell = '', python = ''] = ['sh', 'python'].map((language) =>
      readBlocks('docs/python.md')
        .filter((block) => block.language === language)
        .map(({ code }) => code)
        .join('\n'),
    )
    const settings = shell
      .replaceAll('pika-edge.example.workers.dev', new URL(gateway.url).host)
      .replaceAll('pika_…', key)
    const script = `set -e\n${settings}\npython3 -c "$PROGRAM"`
    const env = { PROGRAM: python, PYTHONPATH: import.meta.dirname }
    expect(await stdout('sh', ['-c', script], env)).toMatch(/^http\S+\.mp4\?sig=\S+\n$/)
  })
})
