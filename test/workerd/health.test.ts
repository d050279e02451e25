import { expect, it, vi } from 'vitest'
import type { Health } from '../../src/contract/health.ts'
import { callWith } from './callers.ts'
import { api, clock, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld({ stopped: true })

/** Reads `/healthz` without a key, once the cached answer is out of date. */
const health = async (): Promise<Health> => {
  await clock.travel(3000)
  const response = await api.call('/healthz', { headers: { authorization: '' } })
  expect(response.status).toBe(200)
  return response.json()
}

const degradedBy = (code: string) => ({
  status: 'degraded',
  reasons: [{ code, since: expect.any(String) }],
})

it('is degraded while something waits for fal, and says since when', async () => {
  await fal.control('/faults', { op: 'submit', fault: 503, times: 1 })
  await api.create().catch(() => undefined)
  // Nothing waits yet, and nobody asks fal whether it is back.
  expect((await health()).status).toBe('ok')
  await fal.fail('status', 503, 60_000)
  const waiting = await api.create({}, { prefer: 'wait=0' })
  await expect.poll(health).toMatchObject(degradedBy('provider_unavailable'))
  await clock.pass(120_000)
  await api.readUntil(waiting.id, 'completed')
  await expect.poll(health).toMatchObject({ status: 'ok', reasons: [] })
})

it("forgets an account's troubles once it reports none", async () => {
  const directory = inside.directory()
  await directory.setTroubles('a', '{"provider_unavailable":2000}')
  await directory.setTroubles('b', '{"provider_unavailable":1000,"fal_account_changed":3000}')
  const both = { provider_unavailable: 1000, fal_account_changed: 3000 }
  expect(await directory.troubles()).toEqual(both)
  await directory.setTroubles('b', '{}')
  expect(await directory.troubles()).toEqual({ provider_unavailable: 2000 })
})

it('keeps its public address while the Directory does not answer', async () => {
  const publicOrigin = vi.fn<() => Promise<string>>().mockResolvedValueOnce('https://first.test')
  publicOrigin.mockRejectedValue(new Error('away'))
  const directory = { publicOrigin, troubles: async () => ({}) }
  const changes = { PUBLIC_URL: '', DIRECTORY: { getByName: () => directory } }
  for (const times of [1, 2]) {
    await clock.travel(61_000)
    const response = await callWith(changes, '/healthz')
    expect(await response.json()).toMatchObject({ webhooks: 'on' })
    expect(publicOrigin).toHaveBeenCalledTimes(times)
  }
})

const LONG = { prompt: fal.marked('render_ms=86400000') }

it.each([
  ['', async () => undefined],
  [
    ', even after a single 404 days earlier',
    async () => {
      const once = await api.create({ prompt: fal.marked('render_ms=60000') })
      await clock.travel(2000)
      await fal.control('/faults', { op: 'status', fault: 404, times: 1 })
      await api.read(once.id)
      await clock.travel(61_000)
      await api.readUntil(once.id, 'completed')
      await clock.pass(48 * HOUR_MS)
    },
  ],
])(
  'does not take a 404 after a cancel for a cancellation once fal knows none of its jobs%s',
  async (_, first) => {
    await first()
    const others = [await api.create(LONG), await api.create(LONG), await api.create(LONG)]
    const canceled = await api.create({ prompt: `${LONG.prompt} to be canceled` })
    // Its alarm rings in real time, and must find nothing before the others are found missing.
    const unseen = { prompt_includes: 'to be canceled', for_ms: 30_000, times: 1e6 }
    await fal.control('/faults', { op: 'status', fault: 502, ...unseen })
    await api.cancel(canceled.id)
    expect((await fal.calls('cancel')).map(({ status }) => status)).toEqual([202])
    // From now on fal knows none of the jobs: the key belongs to another fal account.
    for (const op of ['status', 'cancel', 'result']) await fal.fail(op, 404, HOUR_MS)
    await clock.travel(2000)
    for (const { id } of others) await api.read(id)
    for (let looks = 0; looks < 5; looks++) {
      await clock.pass(60_000)
      await clock.settle()
    }
    expect((await api.read(canceled.id)).cost.state).toBe('reserved')
    await expect.poll(health).toMatchObject(degradedBy('fal_account_changed'))
  },
)

it('does not take a missing result to mean that fal does not know the job', async () => {
  const short = { prompt: fal.marked('render_ms=1000 webhook=lost') }
  const made = [await api.create(short), await api.create(short), await api.create(short)]
  await fal.fail('result', 404, HOUR_MS)
  await clock.pass(180_000)
  for (const { id } of made) await api.read(id)
  await clock.settle()
  expect((await health()).status).toBe('ok')
})

it('detects another fal account by the user that its webhooks name', async () => {
  await fal.completed()
  const long = await api.create(LONG)
  await fal.completed({ prompt: fal.marked('webhook=other_user') })
  await expect.poll(health).toMatchObject(degradedBy('fal_account_changed'))
  await fal.fail('status', 404, HOUR_MS)
  await api.cancel(long.id)
  await clock.pass(5000)
  await clock.settle()
  expect(['queued', 'in_progress']).toContain((await api.read(long.id)).status)
})
