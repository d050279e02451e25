import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { GenerationRecord } from '../../src/domain/generation/generation.ts'
import type { Account } from '../../src/index.ts'
import { anyFate, promptOf } from '../campaign/fate.ts'
import { asked, inAccount } from './accounts.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ stopped: true })

const KEY = 'emulator-admin-id:emulator-admin-secret'

/** Runs `days` on an account with this billing key, which fal may accept or refuse. */
const withKey = (key: string, days: Parameters<typeof inAccount<void>>[1]): Promise<void> =>
  inAccount({ FAL_BILLING_KEY: key }, days)

let made = 0
const nextId = (): string => `gen_${String(++made).padStart(26, '0')}`

/** A generation that has ended as its prompt asks. */
const ended = async (account: Account, markers = ''): Promise<string> => {
  const id = nextId()
  await account.admit(asked(id, fal.marked(markers)))
  await clock.travel(1000)
  await eventually(async () => (await recordOf(account, id)).finishedAtMs !== null)
  return id
}

const recordOf = async (account: Account, id: string): Promise<GenerationRecord> => {
  const { record } = (await account.get(id)) ?? {}
  if (record === undefined) throw new Error('there is none')
  return record
}

const pass = async (account: Account, ...times: number[]): Promise<void> => {
  for (const ms of times) {
    await clock.travel(ms)
    await account.alarm()
  }
}

const chargedIn = (rows: readonly { readonly chargedMicrousd: number }[]): number =>
  rows.reduce((sum, row) => sum + row.chargedMicrousd, 0)

it('replaces the listed price with what fal charged, as a new revision that reaches KV', async () => {
  await withKey(KEY, async (account) => {
    const paid = await ended(account, 'bill_usd=0.123456')
    const free = await ended(account, 'bill_usd=0')
    const canceled = await ended(account, 'outcome=client_cancelled billed=true')
    await pass(account, 10 * MINUTE_MS)
    expect(await fal.calls('billing')).toMatchObject([{ status: 200 }])
    const records = [paid, free, canceled].map((id) => recordOf(account, id))
    const [state, basis] = ['charged', 'fal_billing']
    expect(await Promise.all(records)).toMatchObject([
      { status: 'completed', revision: 1, cost: { state, chargedMicrousd: 123_456 } },
      { status: 'completed', revision: 1, cost: { state: 'released', chargedMicrousd: 0 } },
      { status: 'canceled', cost: { state, chargedMicrousd: 200_000, basis } },
    ])
    await eventually(async () => {
      const { revision, cost } = await inside.settledInKv(paid)
      return revision === 1 && cost.chargedMicrousd === 123_456
    })
    const { rows, limits } = await account.generations.usage('admin', {})
    expect(chargedIn(rows)).toBe(323_456)
    expect(limits).toMatchObject([{ spentMicrousd: 323_456 }])
    await pass(account, 25 * HOUR_MS)
    expect(await fal.calls('billing')).toHaveLength(1)
  })
})

it('releases a job without output if fal bills nothing for a day, but not a job with a video', async () => {
  await withKey(KEY, async (account) => {
    const refused = await ended(account, 'outcome=content_policy')
    const video = await ended(account, 'billed=false')
    const stateOf = async (id: string) => (await recordOf(account, id)).cost.state
    await pass(account, 10 * MINUTE_MS, 50 * MINUTE_MS)
    expect(await stateOf(refused)).toBe('charged')
    await pass(account, 23 * HOUR_MS)
    expect(await stateOf(refused)).toBe('released')
    expect(await stateOf(video)).toBe('charged')
    expect(await fal.calls('billing')).toHaveLength(3)
    expect((await fal.jobs()).map(({ billed }) => billed)).toEqual([false, false])
  })
})

it("adds up to fal's charges to the micro-dollar, whatever became of each job", async () => {
  await withKey(KEY, async (account) => {
    await fal.control('/settings', { history_unlisted: 0 })
    const fates = fc.sample(anyFate(1000), { numRuns: 40, seed: 20261128 })
    for (const [index, fate] of fates.entries()) {
      const bill = ` bill_usd=0.${100_001 + index * 7}`
      await account.admit(asked(nextId(), promptOf({ ...fate, webhook: 'lost' }, '', bill)))
      await pass(account, 90_000)
    }
    for (const seconds of [5, 10, 45, 240, 600, 1800, 3600, 3600, 7200, 36_000, 90_000, 90_000]) {
      await pass(account, seconds * 1000)
      await eventually(async () => (await fal.calls()).every(({ status }) => status !== null))
    }
    const charged = new Map(
      (await fal.jobs()).map((job) => [job.request_id, Math.round((job.billed_usd ?? 0) * 1e6)]),
    )
    const { records } = await account.generations.list({ limit: 100 })
    const told = records.filter(({ falRequestId }) => falRequestId !== null)
    for (const { falRequestId, cost } of told) {
      expect(cost.chargedMicrousd).toBe(charged.get(falRequestId ?? ''))
    }
    expect(told).toHaveLength(charged.size)
    const spent = chargedIn((await account.generations.usage('admin', { from: '2026-01-01' })).rows)
    expect(spent).toBe([...charged.values()].reduce((sum, microusd) => sum + microusd, 0))
    expect(spent).toBeGreaterThan(1_000_000)
  })
})

it('asks for fifty bills at a time, and asks again for late ones', async () => {
  await withKey(KEY, async (account) => {
    await fal.control('/settings', { billing_lag_ms: 20 * MINUTE_MS })
    const ids: string[] = []
    for (let count = 0; count < 60; count++) ids.push(await ended(account))
    await pass(account, 10 * MINUTE_MS, 0)
    expect(await fal.calls('billing')).toHaveLength(2)
    await pass(account, 50 * MINUTE_MS, 50 * MINUTE_MS)
    for (const id of ids) {
      await eventually(async () => (await recordOf(account, id)).cost.basis === 'fal_billing')
    }
  })
})

const isTold = async () => 'billing_refused' in (await inside.directory().troubles())

it('reports that fal refuses the billing key, and asks again after an hour', async () => {
  await withKey('ordinary:key', async (account) => {
    await ended(account)
    await pass(account, 10 * MINUTE_MS)
    // Does not call `/healthz` before this: it caches its answer for a while.
    await eventually(isTold)
    expect(await api.get('/healthz')).toMatchObject({ reasons: [{ code: 'billing_refused' }] })
    await pass(account, HOUR_MS - 1000)
    expect(await fal.calls('billing')).toHaveLength(1)
    await pass(account, 1000)
    expect(await fal.calls('billing')).toHaveLength(2)
  })
})

it('asks for no bills without a billing key', async () => {
  await withKey('', async (account) => {
    const id = await ended(account)
    await pass(account, 25 * HOUR_MS)
    expect(await fal.calls('billing')).toEqual([])
    const { revision, cost } = await recordOf(account, id)
    expect([revision, cost.basis]).toEqual([0, 'price_table'])
  })
})

it('stops reporting that fal refuses the billing key once the key is removed', async () => {
  await withKey('ordinary:key', async (account) => {
    await ended(account)
    await pass(account, 10 * MINUTE_MS)
    await eventually(isTold)
  })
  await withKey('', async (account) => {
    await clock.travel(3 * HOUR_MS)
    await ended(account)
    expect(await eventually(async () => !(await isTold()))).toBe(true)
  })
})

it('takes the readable bills when one is unreadable, and stops asking after a month', async () => {
  await withKey(KEY, async (account) => {
    const [odd, sound] = [await ended(account), await ended(account)]
    const [oddJob, soundJob] = (await fal.jobs()).map(({ request_id }) => request_id)
    const billing_events = [
      { request_id: oddJob, cost_total: 'twenty cents' },
      { request_id: oddJob, cost_total: 1e300 },
      { request_id: soundJob, cost_total: 0.19 },
    ]
    await fal.control('/faults', { op: 'billing', fault: 200, body: { billing_events } })
    await pass(account, 10 * MINUTE_MS)
    await eventually(async () => (await recordOf(account, sound)).cost.chargedMicrousd === 190_000)
    expect((await recordOf(account, odd)).cost.basis).toBe('price_table')
    await fal.fail('billing', 400)
    await pass(account, ...Array(31).fill(clock.DAY_MS))
    const asked = (await fal.calls('billing')).length
    await pass(account, clock.DAY_MS)
    expect(await fal.calls('billing')).toHaveLength(asked)
  })
})

it('reads fewer than ten bill rows when a generation ends, however many are waiting', async () => {
  await withKey(KEY, async (account, state) => {
    await ended(account)
    const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
      INSERT INTO bill_checks SELECT 'gen_' || i, ?1, 0, ?1 FROM n`
    state.storage.sql.exec(many, Date.now() + HOUR_MS)
    const ran = await inside.metered(() => ended(account))
    const own = ran.filter(({ query }) => query.includes('bill_checks'))
    expect(own.reduce((all, { rowsRead }) => all + rowsRead, 0)).toBeLessThan(10)
  })
})

it("also asks for a job's bill if the job turns up during the last request for bills", async () => {
  await withKey(KEY, async (account) => {
    const id = await ended(account, 'billed=false')
    await pass(account, 10 * MINUTE_MS, 50 * MINUTE_MS)
    await clock.travel(23 * HOUR_MS)
    const { input } = await recordOf(account, id)
    const sent_at_ms = Date.now() - MINUTE_MS
    const other = await fal.control<{ request_id: string }>('/strangers', { input, sent_at_ms })
    await fal.control('/faults', { op: 'billing', fault: 'delay:1000' })
    const ringing = account.alarm()
    await eventually(async () => (await fal.calls('billing')).length === 3)
    const named = { generationId: id, falRequestId: other.request_id, falUserId: 'user' }
    await account.hook({ ...named, status: 'OK', payload: {} })
    await eventually(async () => (await recordOf(account, id)).others[0]?.cost.state === 'charged')
    await ringing
    await pass(account, 10 * MINUTE_MS)
    expect(await eventually(async () => (await fal.calls('billing')).length === 4)).toBe(true)
  })
})
