/** fal's own client, unmodified but for the address, must not notice that it talks to an emulator. */
import { createFalClient } from '@fal-ai/client'
import type { QueueStatus } from '@fal-ai/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import type { EmulatorServer } from '../../src/emulator/index.ts'

const MODEL = 'fal-ai/pika/v2.2/text-to-video'
const INPUT = { prompt: 'A paper boat' }

let server: EmulatorServer
beforeAll(async () => {
  server = await startEmulator({ queueMs: 60, renderMs: 200 })
})
afterAll(async () => server.close())
afterEach(async () => {
  await fetch(`${server.url}/_emulator`, { method: 'DELETE' })
})

function client(credentials = server.falKey) {
  return createFalClient({
    credentials,
    fetch: async (input, init) => {
      const url = (input instanceof Request ? input.url : `${input}`)
        .replace(/^https:\/\/queue\.fal\.run/, server.url)
        .replace(/^https:\/\/fal\.run/, `${server.url}/run`)
      return fetch(url, init)
    },
  })
}

const isVideo = { video: expect.objectContaining({ content_type: 'video/mp4' }) }

describe('@fal-ai/client', () => {
  test('submits, asks for the status and reads the result', async () => {
    const fal = client()
    const { request_id: requestId } = await fal.queue.submit(MODEL, { input: INPUT })
    const pending = await fal.queue.status(MODEL, { requestId, logs: true })
    expect(pending.status).toBe('IN_QUEUE')
    await fal.queue.subscribeToStatus(MODEL, { requestId, pollInterval: 20 })
    const { data, requestId: answered } = await fal.queue.result(MODEL, { requestId })
    expect(data).toEqual(isVideo)
    expect(answered).toBe(requestId)
  })

  test('sends its options as the headers that the emulator honours', async () => {
    await client().queue.submit(MODEL, {
      input: INPUT,
      priority: 'low',
      startTimeout: 30,
      webhookUrl: 'http://127.0.0.1:9/hook?a=1&b=2',
    })
    expect(server.emulator.jobs()).toMatchObject([
      {
        webhook_url: 'http://127.0.0.1:9/hook?a=1&b=2',
        headers: { 'x-fal-queue-priority': 'low', 'x-fal-request-timeout': '30' },
      },
    ])
  })

  test.each(['polling', 'streaming'] as const)('subscribes with logs by %s', async (mode) => {
    const updates: QueueStatus[] = []
    const { data } = await client().subscribe(MODEL, {
      input: INPUT,
      logs: true,
      ...(mode === 'polling' ? { mode, pollInterval: 20 } : { mode }),
      onQueueUpdate: (update) => updates.push(structuredClone(update)),
    })
    expect(data).toEqual(isVideo)
    expect(updates.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED']),
    )
    const last = updates.at(-1)
    const messages = last?.status === 'COMPLETED' ? last.logs.map(({ message }) => message) : []
    const percents = Array.from({ length: 11 }, (_, step) => `Rendering: ${step * 10}%`)
    expect(messages).toEqual(percents)
  })

  test('streams the status', async () => {
    const fal = client()
    const { request_id: requestId } = await fal.queue.submit(MODEL, { input: INPUT })
    const stream = await fal.queue.streamStatus(MODEL, { requestId, logs: true })
    const statuses: string[] = []
    for await (const { status } of stream) statuses.push(status)
    expect(statuses[0]).toBe('IN_QUEUE')
    expect((await stream.done()).status).toBe('COMPLETED')
  })

  test('runs and waits', async () => {
    const { data } = await client().run(MODEL, { input: INPUT })
    expect(data).toEqual(isVideo)
  })

  test('cancels', async () => {
    const fal = client()
    const { request_id: requestId } = await fal.queue.submit(MODEL, { input: INPUT })
    await fal.queue.cancel(MODEL, { requestId })
    await expect(fal.queue.result(MODEL, { requestId })).rejects.toMatchObject({
      status: 499,
      body: { error_type: 'client_cancelled' },
    })
    await expect(fal.queue.cancel(MODEL, { requestId })).rejects.toMatchObject({
      status: 400,
      body: { status: 'ALREADY_COMPLETED' },
    })
  })

  test('sees a refused prompt as a validation error', async () => {
    const input = { prompt: 'A [emulator: outcome=content_policy]' }
    const failed = client().subscribe(MODEL, { input, pollInterval: 20 })
    await expect(failed).rejects.toMatchObject({
      name: 'ValidationError',
      status: 422,
      body: { detail: [{ type: 'content_policy_violation' }] },
    })
  })

  test('sees a start timeout as its own', async () => {
    const input = { prompt: 'A [emulator: queue_ms=60000]' }
    const failed = client().subscribe(MODEL, { input, startTimeout: 2, pollInterval: 20 })
    await new Promise((done) => setTimeout(done, 50))
    await fetch(`${server.url}/_emulator/clock`, {
      method: 'POST',
      body: JSON.stringify({ advance_ms: 2_000 }),
    })
    await expect(failed).rejects.toMatchObject({ status: 504, isUserTimeout: true })
  })

  test('sees a bad key, a locked account and an unknown request', async () => {
    await expect(client('no:body').queue.submit(MODEL, { input: INPUT })).rejects.toMatchObject({
      status: 401,
    })
    const locked = { prompt: 'A [emulator: submit=locked]' }
    await expect(client().queue.submit(MODEL, { input: locked })).rejects.toMatchObject({
      status: 403,
    })
    await expect(client().queue.status(MODEL, { requestId: 'none' })).rejects.toMatchObject({
      status: 404,
      body: { status: 'NOT_FOUND' },
    })
  })

  test('posts again after a 504, and so pays for two jobs', async () => {
    await fetch(`${server.url}/_emulator/faults`, {
      method: 'POST',
      body: JSON.stringify({ op: 'submit', fault: '504_after', times: 1 }),
    })
    await client().queue.submit(MODEL, { input: INPUT })
    expect(server.emulator.jobs()).toHaveLength(2)
  })
})
