import {
  APICallError,
  experimental_generateVideo as generateVideo,
  experimental_getVideoStatus as getVideoStatus,
  experimental_startVideo as startVideo,
} from 'ai'
import { expect, test } from 'vitest'
import { createPikaEdge } from '../../src/ai-sdk/index.ts'
import type { Fetch } from '../../src/client/index.ts'
import { sharedGateway } from '../shared/gateway.ts'

const gateway = await sharedGateway()
const apiKey = await gateway.newKey('ai-sdk')
const poll = { intervalMs: 50 }
globalThis.AI_SDK_LOG_WARNINGS = false

const modelWith = (fetch?: Fetch) =>
  createPikaEdge({ baseURL: gateway.url, apiKey, fetch }).video('pika/v2.2')
const model = modelWith()

/** Sends each request, but loses the first answers to POSTs, each in its own way. */
const losing = (...ways: (() => Response)[]): Fetch => {
  const left = [...ways]
  return async (url, init) => {
    const response = await fetch(url, init)
    const lose = init.method === 'POST' ? left.shift() : undefined
    return lose === undefined ? response : lose()
  }
}
const cut = (): never => {
  throw new TypeError('fetch failed')
}

test('returns the video with its cost, and maps every option', async () => {
  const prompt = 'A lighthouse, by the AI SDK'
  const { video, warnings, providerMetadata, responses } = await generateVideo({
    model,
    prompt,
    aspectRatio: '9:16',
    resolution: '1080x1920',
    duration: 10,
    seed: 0,
    providerOptions: { pikaEdge: { negativePrompt: 'people', metadata: { scene: '7' } } },
    poll,
  })
  expect(video.mediaType).toBe('video/mp4')
  expect(video.uint8Array.byteLength).toBeGreaterThan(10_000)
  expect(warnings).toEqual([])
  const facts = {
    id: expect.stringMatching(/^gen_/),
    status: 'completed',
    cost: { state: 'charged', charged_usd: 0.9, estimated_usd: 0.9, basis: expect.any(String) },
    seed: 0,
    fal_request_id: expect.any(String),
    request_id: expect.any(String),
  }
  expect(providerMetadata).toEqual({ pikaEdge: { ...facts, videos: [facts] } })
  expect(responses[0]?.headers?.['x-request-id']).toEqual(expect.any(String))
  expect((await gateway.jobOf(prompt)).input).toEqual({
    prompt,
    negative_prompt: 'people',
    aspect_ratio: '9:16',
    resolution: '1080p',
    duration: 10,
    seed: 0,
  })
})

test('warns about what the model does not support', async () => {
  const { warnings } = await startVideo({
    model,
    prompt: { text: 'A kite, by the AI SDK', image: 'https://example.com/kite.png' },
    aspectRatio: 'adaptive',
    resolution: '720x720',
    fps: 24,
    generateAudio: true,
    webhookUrl: 'https://example.com/hook',
  })
  expect(warnings.map((warning) => 'feature' in warning && warning.feature)).toEqual([
    'image',
    'generateAudio',
    'fps',
    'webhookUrl',
    'aspectRatio: adaptive',
  ])
  const { input } = await gateway.jobOf('A kite, by the AI SDK')
  expect(input).toMatchObject({ aspect_ratio: '1:1', resolution: '720p' })
})

test.each([
  ['the network breaks, and fal loses its answer too', [cut, cut], ' [emulator: submit=lost]'],
  // The client gives up on an unknown status; the SDK sends the request again.
  ['a proxy answers nonsense', [() => new Response('', { status: 520 })], ''],
])('pays once if %s', async (name, ways, markers) => {
  const prompt = `A river, where ${name}${markers}`
  const { video } = await generateVideo({ model: modelWith(losing(...ways)), prompt, poll })
  expect(video.uint8Array.byteLength).toBeGreaterThan(10_000)
  expect(await gateway.submits(prompt)).toBe(1)
})

test('after an abort, the same key finds the job again', async () => {
  const prompt = 'A harbour, by the AI SDK [emulator: render_ms=10000000]'
  const headers = { 'Idempotency-Key': 'harbour-1' }
  const enough = new AbortController()
  const first = generateVideo({ model, prompt, headers, poll, abortSignal: enough.signal })
  await expect.poll(() => gateway.submits(prompt)).toBe(1)
  enough.abort()
  await expect(first).rejects.toThrow(/abort/i)
  const second = generateVideo({ model, prompt, headers, poll })
  await gateway.advance(prompt, 10_000_000)
  expect((await second).video.mediaType).toBe('video/mp4')
  expect(await gateway.submits(prompt)).toBe(1)
})

test.each([
  ['refused by the gateway', { prompt: 'p', duration: 7 }, 'invalid_input', 422],
  ['refused by fal', { prompt: 'p [emulator: submit=locked]' }, 'fal_account_locked', 503],
])('%s: gives an APICallError, and is not sent again', async (_name, asked, code, statusCode) => {
  const error: unknown = await startVideo({ model, ...asked }).catch((error: unknown) => error)
  expect(APICallError.isInstance(error)).toBe(true)
  expect(error).toMatchObject({ code, statusCode, isRetryable: false, data: { code } })
})

test('a failed generation reports its reason, its id and what became of the money', async () => {
  const prompt = 'A quarrel, by the AI SDK [emulator: outcome=content_policy]'
  await expect(generateVideo({ model, prompt, poll })).rejects.toThrow(
    /^content_policy_violation: .* \(gen_\w+, cost \w+\)$/,
  )
})

test('starts a video now, and polls it later with an operation stored as JSON', async () => {
  const { operation } = await startVideo({ model, prompt: 'A meadow, by the AI SDK' })
  const kept = JSON.parse(JSON.stringify(operation)) as typeof operation
  await expect
    .poll(async () => (await getVideoStatus(model, { operation: kept })).status)
    .toBe('completed')
})
