import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { type Breaker, readBreaker } from '../../src/domain/breaker.ts'
import { Account } from '../../src/index.ts'
import { asked, inAccount } from './accounts.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ stopped: true })

const ASKED = 200
const MAX_AT_FAL = 100
/** Five in flight when it begins, and a probe of fal after 1, 6, 16, 36 … and 3076 seconds. */
const MAX_UNCLEAR = 16

/** An hour, and a little more, so that it lasts until the test has looked. */
const AWAY_MS = HOUR_MS + 1000

const ask = (prompt: string): Promise<Generation> => api.create({ prompt }, { prefer: 'wait=0' })

const { usage } = api

const breaker = async (): Promise<Breaker> => {
  const [kept] = await inside.sql<{ value: string }>(`SELECT value FROM meta WHERE key = 'breaker'`)
  return readBreaker(kept?.value)
}

/** Rings the account's alarm at its time, and waits for the answers to what it sends. */
const ringInTime = async (untilMs: number): Promise<void> => {
  const alarmMs = await inside.alarmAtMs()
  await clock.travel(Math.max(0, Math.min(alarmMs ?? untilMs, untilMs) - Date.now()))
  if (alarmMs === null || alarmMs > untilMs) return
  await clock.ring()
  await answered()
}

/** Whether no request to fal is under way. */
const isIdle = async (): Promise<boolean> =>
  Object.values(await fal.load()).every(({ running }) => running === 0)

/** Waits for all answers. If a request died with its process, only its lease ends the wait. */
const answered = async (): Promise<void> => {
  let idleLooks = 0
  await eventually(async () => {
    idleLooks = (await isIdle()) ? idleLooks + 1 : 0
    return idleLooks > (['open', 'closed'].includes((await breaker()).state) ? 1 : 20)
  })
}

/** Passes an hour in which the account does what is due, and dies every minute. */
const passAnHour = async (): Promise<void> => {
  for (let minute = 0; minute < 60; minute++) {
    const untilMs = Date.now() + MINUTE_MS
    while (Date.now() < untilMs) await ringInTime(untilMs)
    await (minute % 2 === 0 ? abortAllDurableObjects() : evictDurableObject(inside.stub()))
  }
}

it.each([
  ['fal loses every submit but answers looks', ['submit'], 'reset'],
  ['fal answers 503 to every submit but answers looks', ['submit'], 503],
  ['fal answers nothing at all', ['submit', 'status', 'result', 'cancel'], 'reset'],
])('holds submits for an hour in which %s, then sends each once', async (_name, ops, fault) => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  for (const op of ops) await fal.fail(op, fault, AWAY_MS)
  await Promise.all(Array.from({ length: ASKED }, (_, count) => ask(`${api.PROMPT} ${count}`)))
  await eventually(async () => (await usage()).provider.status === 'unavailable')
  await passAnHour()
  const newest = await api.list()
  const all = [...newest, ...(await api.list(`limit=100&cursor=${newest.at(-1)?.id}`))]
  const waiting = all.filter(({ status, unconfirmed }) => status === 'submitting' && !unconfirmed)
  const tried = (await fal.calls('submit')).length
  expect(tried).toBeLessThanOrEqual(MAX_UNCLEAR)
  expect(waiting).toHaveLength(ASKED - tried)
  for (const one of waiting) expect(one).toMatchObject({ pending_reason: 'provider_unavailable' })
  expect(await usage()).toMatchObject({
    open: { unsent: ASKED - tried },
    provider: { status: 'unavailable', since: expect.any(String) },
  })

  // The outage is over. fal's next answer ends the wait of all of them at once.
  while ((await breaker()).state === 'open') await ringInTime(Infinity)
  const backAtMs = Date.now()
  await eventually(async () => {
    await clock.ring()
    const { total, unsent, unconfirmed } = (await usage()).open
    if (unsent > 0 && total - unsent - unconfirmed < MAX_AT_FAL) return false
    await fal.deliverAll()
    const done = (await usage()).by_status.find(({ status }) => status === 'completed')
    return done?.generations === ASKED - tried
  })
  expect(Date.now()).toBe(backAtMs)
  const prompts = (await fal.calls('submit')).map(({ prompt }) => prompt)
  expect([prompts.length, new Set(prompts).size]).toEqual([ASKED, ASKED])
  expect((await usage()).provider).toEqual({ status: 'available', since: null })
})

it('gives an unconfirmed submit the pending reason confirmation, and a queued one none', async () => {
  const { id } = await api.create({ prompt: fal.marked('submit=lost') })
  expect(await api.read(id)).toMatchObject({ unconfirmed: true, pending_reason: 'confirmation' })
  const queued = await api.create({ prompt: fal.marked('queue_ms=60000') })
  expect(queued).toMatchObject({ status: 'queued', pending_reason: null })
  expect((await usage()).open).toEqual({ total: 2, unsent: 0, unconfirmed: 1 })
})

it('says at once that a generation will not be sent before fal is back', async () => {
  await fal.fail('submit', 503, AWAY_MS)
  await ask(api.PROMPT)
  await eventually(async () => (await usage()).provider.status === 'unavailable')
  const view = { record: { sentAtMs: null }, holdup: { isFalAway: true } }
  const late = asked('gen_late', api.PROMPT, 3_600_000)
  expect(await inside.stub().admit(late)).toMatchObject({ view })
})

it('gives the place of an unanswered submit to the next in line after two minutes', async () => {
  await inAccount({ MAX_AT_FAL: '1' }, async (account, state) => {
    const admit = (id: string, prompt: string) => account.admit(asked(id, prompt, 1000))
    const lost = { view: { record: { unconfirmed: true } } }
    expect(await admit('gen_lost', fal.marked('submit=lost'))).toMatchObject(lost)
    await admit('gen_next', api.PROMPT)
    const next = { record: { sentAtMs: null }, holdup: { isFull: true, isFalAway: false } }
    expect(await account.get('gen_next')).toMatchObject(next)
    await clock.travel(119_999)
    await account.alarm()
    await clock.settle()
    expect(await fal.calls('submit')).toHaveLength(1)
    expect(await state.storage.getAlarm()).toBe(Date.now() + 1)
    await clock.travel(1)
    await account.alarm()
    await eventually(async () => (await fal.calls('submit')).length === 2)
  })
})

/** Puts the breaker into a state, as if an earlier process had left it so. */
const leaveBreaker = async (state: Breaker): Promise<void> => {
  const insert = `INSERT INTO meta (key, value) VALUES ('breaker', ?)`
  await inside.sql(insert, JSON.stringify(state))
  await evictDurableObject(inside.stub())
}

it('tells the Directory about work that only waits, so that the next tick finds it', async () => {
  const probeAtMs = Date.now() + 60_000
  const open = { state: 'open', sinceMs: Date.now(), failedProbes: 0, probeAtMs } as const
  await leaveBreaker({ ...open, pauseMs: 5000 })
  await ask(api.PROMPT)
  await eventually(async () => (await inside.directory().takeBusy(Date.now(), 1)).length > 0)
  expect(await fal.calls('submit')).toEqual([])
})

it('counts a probe of fal as failed if its process died and no webhook can report it', async () => {
  await leaveBreaker({ state: 'ready', sinceMs: Date.now(), pauseMs: 5000 })
  await inAccount({}, async (account, state) => {
    const test = asked('gen_test', fal.marked('submit=hang'), 0)
    // With a seed from the caller, fal's history cannot tell either.
    await account.admit({ ...test, input: { ...test.input, seed: 7 }, webhookOrigin: null })
    await eventually(async () => (await fal.calls('submit')).length === 1)
    const restarted = new Account(state, env)
    await clock.travel(180_000)
    await restarted.alarm()
    expect(await breaker()).toMatchObject({ state: 'open', pauseMs: 10_000 })
    expect(await restarted.get('gen_test')).toMatchObject({ record: { verdict: 'clock' } })
  })
})

it('counts open generations once, even if the first act after an eviction is to end one', async () => {
  await ask(fal.marked('queue_ms=0 render_ms=1000'))
  await eventually(async () => (await fal.calls('submit')).length === 1)
  await clock.travel(60_000)
  await inside.sql(`DELETE FROM meta WHERE key = 'busy'`)
  await evictDurableObject(inside.stub())
  await fal.deliverAll()
  expect((await usage()).open).toEqual({ total: 0, unsent: 0, unconfirmed: 0 })
})
