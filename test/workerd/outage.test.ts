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
/** Five on their way when it begins, and a test of fal after 1, 6, 16, 36 … and 3076 seconds. */
const MAX_UNCLEAR = 16

/** An hour, and until that has been looked at. */
const AWAY_MS = HOUR_MS + 1000

const ask = (prompt: string): Promise<Generation> => api.create({ prompt }, { prefer: 'wait=0' })

const { usage } = api

const breaker = async (): Promise<Breaker> => {
  const [kept] = await inside.sql<{ value: string }>(`SELECT value FROM meta WHERE key = 'breaker'`)
  return readBreaker(kept?.value)
}

/** Lets the account's alarm ring when it is set for, and what it sends then be answered. */
const ringInTime = async (untilMs: number): Promise<void> => {
  const alarmMs = await inside.alarmAtMs()
  await clock.travel(Math.max(0, Math.min(alarmMs ?? untilMs, untilMs) - Date.now()))
  if (alarmMs === null || alarmMs > untilMs) return
  await clock.ring()
  await answered()
}

/** Nothing that fal is asked is under way. */
const isIdle = async (): Promise<boolean> =>
  Object.values(await fal.load()).every(({ running }) => running === 0)

/** What was sent is answered, or died with its process: then only its lease ends the wait for it. */
const answered = async (): Promise<void> => {
  let idleLooks = 0
  await eventually(async () => {
    idleLooks = (await isIdle()) ? idleLooks + 1 : 0
    return idleLooks > (['open', 'closed'].includes((await breaker()).state) ? 1 : 20)
  })
}

/** An hour in which the account does what is due, and dies each minute. */
const passAnHour = async (): Promise<void> => {
  for (let minute = 0; minute < 60; minute++) {
    const untilMs = Date.now() + MINUTE_MS
    while (Date.now() < untilMs) await ringInTime(untilMs)
    await (minute % 2 === 0 ? abortAllDurableObjects() : evictDurableObject(inside.stub()))
  }
}

it.each([
  ['every submit is lost, while looks are answered', ['submit'], 'reset'],
  ['every submit is answered 503, while looks are answered', ['submit'], 503],
  ['nothing is answered at all', ['submit', 'status', 'result', 'cancel'], 'reset'],
])('keeps what waits certain for an hour in which %s', async (_name, ops, fault) => {
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

  // It is over. What fal answers next ends the wait of all, with no time between them.
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

it('says of what is unclear that it waits for confirmation, and of the rest nothing', async () => {
  const { id } = await api.create({ prompt: fal.marked('submit=lost') })
  expect(await api.read(id)).toMatchObject({ unconfirmed: true, pending_reason: 'confirmation' })
  const queued = await api.create({ prompt: fal.marked('queue_ms=60000') })
  expect(queued).toMatchObject({ status: 'queued', pending_reason: null })
  expect((await usage()).open).toEqual({ total: 2, unsent: 0, unconfirmed: 1 })
})

it('tells at once what will not be sent before fal is back', async () => {
  await fal.fail('submit', 503, AWAY_MS)
  await ask(api.PROMPT)
  await eventually(async () => (await usage()).provider.status === 'unavailable')
  const view = { record: { sentAtMs: null }, holdup: { isFalAway: true } }
  const late = asked('gen_late', api.PROMPT, 3_600_000)
  expect(await inside.stub().admit(late)).toMatchObject({ view })
})

it('gives the place of one whose answer was lost to the next in line after two minutes', async () => {
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

/** Puts the breaker into a state, as an earlier process left it. */
const leaveBreaker = async (state: Breaker): Promise<void> => {
  const insert = `INSERT INTO meta (key, value) VALUES ('breaker', ?)`
  await inside.sql(insert, JSON.stringify(state))
  await evictDurableObject(inside.stub())
}

it('tells the Directory of what only waits, so that the next tick finds it', async () => {
  const probeAtMs = Date.now() + 60_000
  const open = { state: 'open', sinceMs: Date.now(), failedProbes: 0, probeAtMs } as const
  await leaveBreaker({ ...open, pauseMs: 5000 })
  await ask(api.PROMPT)
  await eventually(async () => (await inside.directory().takeBusy(Date.now(), 1)).length > 0)
  expect(await fal.calls('submit')).toEqual([])
})

it('takes the test of fal for failed where its process died and no webhook can tell', async () => {
  await leaveBreaker({ state: 'ready', sinceMs: Date.now(), pauseMs: 5000 })
  await inAccount({}, async (account, state) => {
    const test = asked('gen_test', fal.marked('submit=hang'), 0)
    // A seed of the caller's: fal's history cannot tell either.
    await account.admit({ ...test, input: { ...test.input, seed: 7 }, webhookOrigin: null })
    await eventually(async () => (await fal.calls('submit')).length === 1)
    const restarted = new Account(state, env)
    await clock.travel(180_000)
    await restarted.alarm()
    expect(await breaker()).toMatchObject({ state: 'open', pauseMs: 10_000 })
    expect(await restarted.get('gen_test')).toMatchObject({ record: { verdict: 'clock' } })
  })
})

it('counts what is open once, even where the first thing that it does is to end one', async () => {
  await ask(fal.marked('queue_ms=0 render_ms=1000'))
  await eventually(async () => (await fal.calls('submit')).length === 1)
  await clock.travel(60_000)
  await inside.sql(`DELETE FROM meta WHERE key = 'busy'`)
  await evictDurableObject(inside.stub())
  await fal.deliverAll()
  expect((await usage()).open).toEqual({ total: 0, unsent: 0, unconfirmed: 0 })
})
