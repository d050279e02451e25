/** fal's own client, with only the address changed, must not notice that fal is an emulator. */
import type { QueueStatus } from '@fal-ai/client'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { createClient } from '../campaign/fal-client.ts'

const MODEL = 'fal-ai/pika/v2.2/text-to-video'
const INPUT = { prompt: 'A paper boat' }
/** A job waits this long in line, and then renders this long, unless the test moves it on. */
const LASTS_MS = 10_000_000
const SLOW = { prompt: `A slow boat [emulator: queue_ms=${LASTS_MS} render_ms=${LASTS_MS}]` }

const server = await startEmulator({ queueMs: 60, renderMs: 200 })
afterAll(async () => server.close())
afterEach(async () => {
  await fetch(`${server.url}/_emulator`, { method: 'DELETE' })
})

/** Submits a job that waits in line. */
async function submitted() {
  const fal = createClient(server)
  const { request_id: requestId } = await fal.queue.submit(MODEL, { input: SLOW })
  return { fal, requestId }
}

const control = async (path: string, body: object) =>
  fetch(`${server.url}/_emulator${path}`, { method: 'POST', body: JSON.stringify(body) })

/** Moves the only job on from each state once the client has seen that state. */
function onwards() {
  const seen = new Set<string>()
  return async (status: string): Promise<void> => {
    if (seen.has(status) || status === 'COMPLETED') return
    seen.add(status)
    const [job] = server.emulator.jobs()
    await control(`/jobs/${job?.request_id}/advance`, { ms: LASTS_MS })
  }
}

const isVideo = { video: expect.objectContaining({ content_type: 'video/mp4' }) }

describe('@fal-ai/client', () => {
  test('submits, polls the status, streams it, and reads the result', async () => {
    const { fal, requestId } = await submitted()
    const pending = await fal.queue.status(MODEL, { requestId, logs: true })
    expect(pending.status).toBe('IN_QUEUE')
    const stream = await fal.queue.streamStatus(MODEL, { requestId, logs: true })
    const see = onwards()
    for await (const { status } of stream) await see(status)
    expect((await stream.done()).status).toBe('COMPLETED')
    const { data, requestId: answered } = await fal.queue.result(MODEL, { requestId })
    expect(data).toEqual(isVideo)
    expect(answered).toBe(requestId)
  })

  test('sends its options as the headers that the emulator honours', async () => {
    const webhookUrl = 'http://127.0.0.1:9/hook?a=1&b=2'
    const options = { input: INPUT, priority: 'low', startTimeout: 30, webhookUrl } as const
    await createClient(server).queue.submit(MODEL, options)
    const headers = { 'x-fal-queue-priority': 'low', 'x-fal-request-timeout': '30' }
    expect(server.emulator.jobs()).toMatchObject([{ webhook_url: webhookUrl, headers }])
  })

  test.each(['polling', 'streaming'] as const)('subscribes with logs by %s', async (mode) => {
    const updates: QueueStatus[] = []
    const see = onwards()
    const { data } = await createClient(server).subscribe(MODEL, {
      input: SLOW,
      logs: true,
      ...(mode === 'polling' ? { mode, pollInterval: 20 } : { mode }),
      onQueueUpdate: (update) => {
        updates.push(structuredClone(update))
        void see(update.status)
      },
    })
    expect(data).toEqual(isVideo)
    const statuses = new Set(updates.map(({ status }) => status))
    expect([...statuses]).toEqual(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'])
    const last = updates.at(-1)
    const messages = last?.status === 'COMPLETED' ? last.logs.map(({ message }) => message) : []
    const percents = Array.from({ length: 11 }, (_, step) => `Rendering: ${step * 10}%`)
    expect(messages).toEqual(percents)
  })

  test('runs and waits', async () => {
    const { data } = await createClient(server).run(MODEL, { input: INPUT })
    expect(data).toEqual(isVideo)
  })

  test('cancels', async () => {
    const { fal, requestId } = await submitted()
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

  test('reports a refused prompt as a validation error', async () => {
    const input = { prompt: 'A [emulator: outcome=content_policy]' }
    const failed = createClient(server).subscribe(MODEL, { input, pollInterval: 20 })
    await expect(failed).rejects.toMatchObject({
      name: 'ValidationError',
      status: 422,
      body: { detail: [{ type: 'content_policy_violation' }] },
    })
  })

  test('reports a start timeout as a user timeout', async () => {
    const input = { prompt: 'A [emulator: queue_ms=60000]' }
    const options = { input, startTimeout: 2, pollInterval: 20 }
    const refused = createClient(server)
      .subscribe(MODEL, options)
      .catch((error: unknown) => error)
    await expect.poll(() => server.emulator.jobs()).toHaveLength(1)
    await control('/clock', { advance_ms: 2_000 })
    expect(await refused).toMatchObject({ status: 504, isUserTimeout: true })
  })

  test('reports a bad key, a locked account and an unknown request', async () => {
    const { queue } = createClient(server)
    const locked = { prompt: 'A [emulator: submit=locked]' }
    const stranger = createClient({ ...server, falKey: 'no:body' }).queue
    await expect(stranger.submit(MODEL, { input: INPUT })).rejects.toMatchObject({ status: 401 })
    await expect(queue.submit(MODEL, { input: locked })).rejects.toMatchObject({ status: 403 })
    const unknown = queue.status(MODEL, { requestId: 'none' })
    await expect(unknown).rejects.toMatchObject({ status: 404, body: { status: 'NOT_FOUND' } })
  })

  test('posts again after a 504, and so pays for two jobs', async () => {
    await control('/faults', { op: 'submit', fault: '504_after', times: 1 })
    await createClient(server).queue.submit(MODEL, { input: INPUT })
    expect(server.emulator.jobs()).toHaveLength(2)
  })
})
