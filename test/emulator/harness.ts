/** An in-process emulator with a stopped clock, and the calls that tests make. */
import { expect, onTestFinished } from 'vitest'
import { DEFAULT_FAL_KEY, createEmulator, readVideo } from '../../src/emulator/index.ts'
import type { EmulatorOptions } from '../../src/emulator/index.ts'

export const ORIGIN = 'https://queue.fal.run'
export const MODEL = '/fal-ai/pika/v2.2/text-to-video'
export const START_MS = Date.UTC(2026, 0, 1)
export const HOOK_URL = 'https://gateway.test/callbacks/fal?token=1'

type Asked = [method: string, path: string, body?: unknown, headers?: Record<string, string>]

export type Bench = ReturnType<typeof createBench>

/** By default jobs wait 1 s and render 10 s; nothing happens until a test advances the clock. */
export function createBench(options: Partial<EmulatorOptions> = {}) {
  const hooks: Request[] = []
  const emulator = createEmulator({
    loadVideo: readVideo,
    queueMs: 1_000,
    renderMs: 10_000,
    nowMs: () => START_MS,
    deliver: async (request) => {
      hooks.push(request)
      return new Response(null, { status: 200 })
    },
    ...options,
  })
  onTestFinished(() => emulator.close())

  const raw = async (...[method, path, body, headers = {}]: Asked) =>
    emulator.fetch(
      new Request(`${ORIGIN}${path}`, {
        method,
        headers: { authorization: `Key ${DEFAULT_FAL_KEY}`, ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )

  const call = async (...asked: Asked) => {
    const response = await raw(...asked)
    const headers = Object.fromEntries(response.headers)
    const isJson = headers['content-type']?.includes('json')
    const body: unknown = isJson ? await response.json() : await response.text()
    return { status: response.status, headers, body }
  }

  return {
    emulator,
    hooks,
    raw,
    call,
    /** Submits a prompt with a webhook, and returns the id of the accepted job. */
    async submit(prompt: string, input = {}, headers = {}): Promise<string> {
      const path = `${MODEL}?fal_webhook=${encodeURIComponent(HOOK_URL)}`
      const answer = await call('POST', path, { prompt, ...input }, headers)
      expect(answer.status).toBe(200)
      return field(answer.body, 'request_id')
    },
    post: async (prompt: string) => call('POST', MODEL, { prompt }),
    status: async (id: string, logs = 0) =>
      call('GET', `/fal-ai/pika/requests/${id}/status?logs=${logs}`),
    result: async (id: string) => call('GET', `/fal-ai/pika/requests/${id}`),
    cancel: async (id: string) => call('PUT', `/fal-ai/pika/requests/${id}/cancel`),
    advance: async (ms: number) => call('POST', '/_emulator/clock', { advance_ms: ms }),
    control: async (path: string, body: object) => call('POST', `/_emulator/${path}`, body),
  }
}

/** A bench with one job that has just been accepted. */
export async function benchWithJob(prompt = 'A paper boat', input = {}, headers = {}) {
  const bench = createBench()
  return { bench, id: await bench.submit(prompt, input, headers) }
}

/** An answer with exactly this body, and at least these headers. */
export const answer = (status: number, body: unknown, headers = {}) => ({
  status,
  body,
  headers: expect.objectContaining(headers),
})

/** Reads a string field of a body whose shape is unknown. */
export function field(body: unknown, name: string): string {
  const value: unknown = Object.getOwnPropertyDescriptor(Object(body), name)?.value
  if (typeof value !== 'string') throw new TypeError(`no ${name} in ${JSON.stringify(body)}`)
  return value
}
