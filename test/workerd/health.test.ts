import { expect, it } from 'vitest'
import type { Health } from '../../src/contract/health.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld({ stopped: true })

const SECOND_MS = 1000

/** Told without a key; what it knows is some seconds old. */
const health = async (): Promise<Health> => {
  await clock.travel(3000)
  const response = await api.call('/healthz', { headers: { authorization: '' } })
  expect(response.status).toBe(200)
  return response.json()
}

const healthIs = (status: Health['status']) =>
  eventually(async () => {
    const seen = await health()
    return seen.status === status && seen
  })

it('is degraded while something waits for fal, and says since when', async () => {
  await fal.control('/faults', { op: 'submit', fault: 503, times: 1 })
  await api.create().catch(() => undefined)
  // Nothing waits yet, and nobody asks fal whether it is back.
  expect((await health()).status).toBe('ok')
  await fal.fail('status', 503, 60 * SECOND_MS)
  const waiting = await api.create({}, { prefer: 'wait=0' })
  const { reasons } = await healthIs('degraded')
  expect(reasons).toEqual([{ code: 'provider_unavailable', since: expect.any(String) }])
  await clock.pass(120 * SECOND_MS)
  await api.readUntil(waiting.id, 'completed')
  expect((await healthIs('ok')).reasons).toEqual([])
})

it('forgets the troubles of an account that has none any more', async () => {
  const directory = inside.directory()
  await directory.setTroubles('a', '{"provider_unavailable":2000}')
  await directory.setTroubles('b', '{"provider_unavailable":1000,"fal_account_changed":3000}')
  const both = { provider_unavailable: 1000, fal_account_changed: 3000 }
  expect(await directory.troubles()).toEqual(both)
  await directory.setTroubles('b', '{}')
  expect(await directory.troubles()).toEqual({ provider_unavailable: 2000 })
})

/** From now on fal knows nothing of what it was sent: its key is another account's. */
const changeFalAccount = () =>
  Promise.all(['status', 'cancel', 'result'].map((op) => fal.fail(op, 404, HOUR_MS)))

it.each([
  ['', async () => undefined],
  [
    ', even after one odd 404 days ago',
    async () => {
      const once = await api.create({ prompt: fal.marked('render_ms=60000') })
      await clock.travel(2 * SECOND_MS)
      await fal.control('/faults', { op: 'status', fault: 404, times: 1 })
      await api.read(once.id)
      await clock.travel(61 * SECOND_MS)
      await api.readUntil(once.id, 'completed')
      await clock.pass(48 * HOUR_MS)
    },
  ],
])(
  'takes no 404 after a cancel for canceled once fal knows none of what it took%s',
  async (_, first) => {
    await first()
    const long = { prompt: fal.marked('render_ms=86400000') }
    const others = [await api.create(long), await api.create(long), await api.create(long)]
    const canceled = await api.create({ prompt: `${long.prompt} to be canceled` })
    // Its alarm rings in real time, and must find nothing before the others are found missing.
    const unseen = { prompt_includes: 'to be canceled', for_ms: 30 * SECOND_MS, times: 1e6 }
    await fal.control('/faults', { op: 'status', fault: 502, ...unseen })
    await api.cancel(canceled.id)
    expect((await fal.calls('cancel')).map(({ status }) => status)).toEqual([202])
    await changeFalAccount()
    await clock.travel(2 * SECOND_MS)
    for (const { id } of others) await api.read(id)
    for (let looks = 0; looks < 5; looks++) {
      await clock.pass(60 * SECOND_MS)
      await clock.settle()
    }
    expect((await api.read(canceled.id)).cost.state).toBe('reserved')
    const { reasons } = await healthIs('degraded')
    expect(reasons).toEqual([{ code: 'fal_account_changed', since: expect.any(String) }])
  },
)

it('takes no result that is gone for a job that fal does not know', async () => {
  const short = { prompt: fal.marked('render_ms=1000 webhook=lost') }
  const made = [await api.create(short), await api.create(short), await api.create(short)]
  await fal.fail('result', 404, HOUR_MS)
  await clock.pass(180 * SECOND_MS)
  for (const { id } of made) await api.read(id)
  await clock.settle()
  expect((await health()).status).toBe('ok')
})

it('sees another account of fal by the user that its webhooks name', async () => {
  await fal.completed()
  const long = await api.create({ prompt: fal.marked('render_ms=86400000') })
  await fal.completed({ prompt: fal.marked('webhook=other_user') })
  await healthIs('degraded')
  await fal.fail('status', 404, HOUR_MS)
  await api.cancel(long.id)
  await clock.pass(5 * SECOND_MS)
  await clock.settle()
  expect(['queued', 'in_progress']).toContain((await api.read(long.id)).status)
})
