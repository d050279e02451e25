import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Health } from '../../src/contract/health.ts'
import { DIRECTORY_NAME } from '../../src/worker/directory.ts'
import {
  call,
  calls,
  control,
  create,
  deliver,
  eventually,
  freshWorld,
  heldHooks,
  marked,
  post,
  read,
  readUntil,
  ring,
  settle,
  stopClocks,
  travel,
} from './harness.ts'

freshWorld()

const SECOND_MS = 1000
const HOUR_MS = 3600 * SECOND_MS

/** Told without a key; what it knows is some seconds old. */
const health = async (): Promise<Health> => {
  await travel(3000)
  const response = await call('/healthz', { headers: { authorization: '' } })
  expect(response.status).toBe(200)
  return response.json()
}

const healthIs = (status: Health['status']) =>
  eventually(async () => {
    const seen = await health()
    return seen.status === status && seen
  })

it('is degraded while something waits for fal, and says since when', async () => {
  await stopClocks()
  await control('/faults', { op: 'submit', fault: 503, times: 1 })
  await create().catch(() => undefined)
  // Nothing waits yet, and nobody asks fal whether it is back.
  expect((await health()).status).toBe('ok')
  await control('/faults', { op: 'status', fault: 503, for_ms: 60 * SECOND_MS, times: 1e6 })
  const waiting = await create({}, { prefer: 'wait=0' })
  const { reasons } = await healthIs('degraded')
  expect(reasons).toEqual([{ code: 'provider_unavailable', since: expect.any(String) }])
  await travel(120 * SECOND_MS)
  await ring()
  await readUntil(waiting.id, 'completed')
  expect((await healthIs('ok')).reasons).toEqual([])
})

it('forgets the troubles of an account that has none any more', async () => {
  const directory = env.DIRECTORY.getByName(DIRECTORY_NAME)
  await directory.setTroubles('a', '{"provider_unavailable":2000}')
  await directory.setTroubles('b', '{"provider_unavailable":1000,"fal_account_changed":3000}')
  expect(await directory.troubles()).toEqual({
    provider_unavailable: 1000,
    fal_account_changed: 3000,
  })
  await directory.setTroubles('b', '{}')
  expect(await directory.troubles()).toEqual({ provider_unavailable: 2000 })
})

/** From now on fal knows nothing of what it was sent: its key is another account's. */
const changeFalAccount = () =>
  Promise.all(
    ['status', 'cancel', 'result'].map((op) =>
      control('/faults', { op, fault: 404, for_ms: HOUR_MS, times: 1e6 }),
    ),
  )

it.each([
  ['', async () => undefined],
  [
    ', even after one odd 404 days ago',
    async () => {
      const once = await create({ prompt: marked('render_ms=60000') })
      await travel(2 * SECOND_MS)
      await control('/faults', { op: 'status', fault: 404, times: 1 })
      await read(once.id)
      await travel(61 * SECOND_MS)
      await readUntil(once.id, 'completed')
      await travel(48 * HOUR_MS)
      await ring()
    },
  ],
])(
  'takes no 404 after a cancel for canceled once fal knows none of what it took%s',
  async (_, first) => {
    await stopClocks()
    await first()
    const long = { prompt: marked('render_ms=86400000') }
    const others = [await create(long), await create(long), await create(long)]
    const canceled = await create(long)
    await control('/faults', { op: 'status', fault: 502, for_ms: SECOND_MS, times: 1e6 })
    await post(`/v1/generations/${canceled.id}/cancel`, {})
    expect((await calls('cancel')).map(({ status }) => status)).toEqual([202])
    await changeFalAccount()
    await travel(2 * SECOND_MS)
    for (const { id } of others) await read(id)
    for (let looks = 0; looks < 5; looks++) {
      await travel(60 * SECOND_MS)
      await ring()
      await settle()
    }
    expect(await read(canceled.id)).toMatchObject({
      cost: { state: 'reserved' },
    })
    const { reasons } = await healthIs('degraded')
    expect(reasons).toEqual([{ code: 'fal_account_changed', since: expect.any(String) }])
  },
)

it('takes no result that is gone for a job that fal does not know', async () => {
  await stopClocks()
  const short = { prompt: marked('render_ms=1000 webhook=lost') }
  const made = [await create(short), await create(short), await create(short)]
  await control('/faults', { op: 'result', fault: 404, for_ms: HOUR_MS, times: 1e6 })
  await travel(180 * SECOND_MS)
  await ring()
  for (const { id } of made) await read(id)
  await settle()
  expect((await health()).status).toBe('ok')
})

it('takes it for canceled while fal knows the others', async () => {
  await stopClocks()
  const made = await create({ prompt: marked('render_ms=86400000 cancel=gone') })
  await post(`/v1/generations/${made.id}/cancel`, {})
  await travel(2 * SECOND_MS)
  await ring()
  expect((await readUntil(made.id, 'canceled')).cost.state).toBe('released')
})

it('sees another account of fal by the user that its webhooks name', async () => {
  await stopClocks()
  const first = await create()
  await eventually(async () => (await heldHooks()).length === 1)
  for (const hook of await heldHooks()) await deliver(hook)
  await readUntil(first.id, 'completed')
  const long = await create({ prompt: marked('render_ms=86400000') })
  const second = await create({ prompt: marked('webhook=other_user') })
  await eventually(async () => (await heldHooks()).length === 1)
  for (const hook of await heldHooks()) await deliver(hook)
  await readUntil(second.id, 'completed')
  await healthIs('degraded')
  await control('/faults', { op: 'status', fault: 404, for_ms: HOUR_MS, times: 1e6 })
  await post(`/v1/generations/${long.id}/cancel`, {})
  await travel(5 * SECOND_MS)
  await ring()
  await settle()
  expect(['queued', 'in_progress']).toContain((await read(long.id)).status)
})
