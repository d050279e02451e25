import { evictDurableObject } from 'cloudflare:test'
import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { createAdmissions } from '../../src/account/generations/admissions.ts'
import { createCore } from '../../src/account/core.ts'
import { createKeys } from '../../src/account/keys.ts'
import { modelInput } from '../../src/contract/input.ts'
import { DEFAULT_PRICES } from '../../src/contract/model.ts'
import type { CostState } from '../../src/contract/status.ts'
import type { Billing, GenerationRecord } from '../../src/domain/generation/generation.ts'
import type { Observation } from '../../src/domain/generation/observation.ts'
import { FAILURE, VIDEO } from '../domain/generation/example.ts'
import * as ledger from './ledger.ts'
import { KEY_RECORD } from './accounts.ts'
import { type Step, stepsOf } from './steps.ts'
import { api, clock, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld()

const DAILY_MICROUSD = 2_000_000
const MONTHLY_MICROUSD = 3_500_000
const KEY_DAILY_MICROUSD = 900_000

/** The days and months in which the account or the limited key spent more than it may. */
const overspent = (rows: readonly ledger.LedgerRow[], limitedKey: string): string[] => {
  const days = [...new Set(rows.map((row) => row.day))]
  const months = [...new Set(days.map((day) => day.slice(0, 7)))]
  const over = (scope: string, days: readonly string[], limit: number) =>
    days.filter((day) => ledger.spent(rows, scope, day) > limit).map((day) => `${scope} ${day}`)
  return [
    ...over('account', days, DAILY_MICROUSD),
    ...over('account', months, MONTHLY_MICROUSD),
    ...over(limitedKey, days, KEY_DAILY_MICROUSD),
  ]
}

/**
 * Leaves out generations that fal reported after their money was given back, because fal's time was
 * up or because a person had said so. No limit can prevent that.
 */
const heardInTime = (records: readonly GenerationRecord[]): GenerationRecord[] =>
  records.filter(({ listeningUntilMs }) => listeningUntilMs === undefined)

const LIMITS = { dailyBudgetMicrousd: DAILY_MICROUSD, monthlyBudgetMicrousd: MONTHLY_MICROUSD }

const KEY = { ...KEY_RECORD, id: 'key_limited', dailyBudgetMicrousd: KEY_DAILY_MICROUSD }

/** The part of an account that decides about money, on the object's own database. */
const openBooks = (storage: DurableObjectStorage, billing: Billing) => {
  const core = createCore(storage, async () => undefined, 100)
  const keys = createKeys(core)
  // Nothing is sent: the history says what becomes of each generation.
  const submitter = { take: () => undefined }
  const thresholds = { note: () => undefined }
  const admissions = createAdmissions(core, keys, submitter, thresholds, {
    prices: DEFAULT_PRICES,
    billing,
    startTimeoutSeconds: 14_400,
    longestRunSeconds: 900,
    hookRetriesSeconds: 4200,
    accountDefaults: { ...LIMITS, timeZone: 'UTC', maxOpen: 1000 },
    alwaysSendSeed: false,
    accepts: true,
  })
  return { ...core, admissions, keys }
}

const SENDING: Observation = { type: 'sending', videoSig: 'sig' }
const ACCEPTED: Observation = { type: 'accepted', requestId: 'ours', by: 'hook' }
const OUTPUT: Observation = { type: 'output', video: VIDEO }

const observation = fc.oneof(
  fc.constantFrom<Observation>(
    SENDING,
    ACCEPTED,
    { type: 'accepted', requestId: 'other', by: 'answer' },
    { type: 'beside', requestId: 'ours', found: { type: 'output', video: VIDEO } },
    { type: 'beside', requestId: 'other', found: { type: 'output', video: VIDEO } },
    { type: 'beside', requestId: 'ours', found: { type: 'not_found' } },
    { type: 'beside', requestId: 'other', found: { type: 'clock' } },
    { type: 'refused', failure: FAILURE },
    { type: 'unanswered' },
    { type: 'running', logs: [] },
    { type: 'cancel_requested' },
    { type: 'canceled' },
    { type: 'clock' },
    { type: 'failure', failure: FAILURE, billed: true },
    { type: 'failure', failure: FAILURE, billed: false },
    { type: 'failure', failure: { ...FAILURE, code: 'invalid_output' }, billed: true },
    OUTPUT,
  ),
  fc.record({
    type: fc.constant('output' as const),
    video: fc.constant(VIDEO),
    billableUnits: fc.constantFrom(0, 1, 2.5),
  }),
)
/** A refusal that proves nothing: its money is held, then charged late or released after 2 h. */
const unproven = fc.constantFrom<Observation[]>(
  [SENDING, { type: 'unproven', failure: FAILURE }],
  [ACCEPTED, OUTPUT],
  [{ type: 'clock' }],
)
/** An account on which a history is played, and what has come of it so far. */
interface Playing {
  readonly storage: DurableObjectStorage
  readonly billing: Billing
  books: ReturnType<typeof openBooks>
  readonly ids: string[]
  refused: number
  refusedBesideHeld: number
}

const keyId = fc.constantFrom('admin', 'key_limited')
const learned = fc.oneof(
  { weight: 3, arbitrary: fc.array(observation, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: unproven },
)
const timeZone = fc.constantFrom('UTC', 'Pacific/Kiritimati', 'Pacific/Niue', 'Asia/Kathmandu')
const step = stepsOf<Playing>()
  .may('submit', 6, { keyId, dear: fc.boolean(), long: fc.boolean() }, (playing, asked) => {
    const { keyId, dear, long } = asked
    const id = `gen_${String(playing.ids.length).padStart(26, '0')}`
    const options = { resolution: dear ? '1080p' : '720p', duration: long ? 10 : 5 }
    const input = modelInput.parse({ prompt: 'a lighthouse', ...options })
    const rest = { accountId: 'default', metadata: {}, retryOf: null, webhookOrigin: null }
    const { admissions } = playing.books
    const result = admissions.admit({ id, keyId, input, ...rest }, { idempotency: null })
    if (result === null) playing.ids.push(id)
    else {
      playing.refused++
      if (unprovenOf(playing.storage).includes('reserved')) playing.refusedBesideHeld++
    }
  })
  .may('learn', 8, { which: fc.nat(100), learned }, ({ books, ids }, { which, learned }) => {
    const id = ids[which % Math.max(1, ids.length)]
    const seen = learned.map((each) =>
      'requestId' in each ? { ...each, requestId: `${each.requestId}-${id}` } : each,
    )
    if (id !== undefined) books.journal.observe(id, seen)
  })
  .may('move', 1, { timeZone }, ({ books }, settings) => books.meta.changeSettings(settings))
  .may('pass', 2, { hours: fc.integer({ min: 1, max: 40 }) }, (_, { hours }) =>
    vi.setSystemTime(Date.now() + hours * HOUR_MS),
  )
  .may('restart', 1, {}, (playing) => {
    playing.books = openBooks(playing.storage, playing.billing)
  })
  .any()

/** Plays a history on an empty database, and calls `check` after every step. */
const play = (
  storage: DurableObjectStorage,
  steps: readonly Step<Playing>[],
  billing: Billing,
  check: () => void,
): Playing => {
  const { sql } = storage
  const tables = inside.tablesOf(sql).filter((name) => name !== 'schema_version')
  // Generations go first: what is deleted there is still added up in other tables.
  for (const table of ['generations', ...tables]) sql.exec(`DELETE FROM ${table}`)
  const books = openBooks(storage, billing)
  void books.keys.rpc.add(KEY)
  const playing = { storage, billing, books, ids: [], refused: 0, refusedBesideHeld: 0 }
  for (const { take } of steps) {
    take(playing)
    check()
  }
  return playing
}

/** The cost states of the generations that were refused without proof. */
const unprovenOf = (storage: DurableObjectStorage): CostState[] => {
  const refused = ledger.readGenerations(storage).filter(({ refusedAtSubmit }) => refusedAtSubmit)
  return refused.flatMap(({ verdict, failure, cost }) =>
    verdict === 'unproven' || failure?.lateVideo ? [cost.state] : [],
  )
}

/** The cost states that such generations have in time. */
const FATES: ReadonlySet<CostState> = new Set(['reserved', 'released', 'charged'])

/** Expects ledger and usage to equal the sums over the generations, and returns those. */
const expectSums = (storage: DurableObjectStorage): GenerationRecord[] => {
  const records = ledger.readGenerations(storage)
  expect(ledger.readLedger(storage)).toEqual(ledger.ledgerOf(records))
  expect(ledger.readUsage(storage)).toEqual(ledger.usageOf(records))
  return records
}

const histories = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' })

it('never exceeds a limit, and keeps ledger and usage equal to the sums over the generations', async () => {
  await clock.stop()
  const seen = { admitted: 0, refused: 0, refusedBesideHeld: 0 }
  const unproven = new Set<CostState>()
  await inside.storage((storage) => {
    const property = fc.property(histories, fc.boolean(), (steps, refusalsCount) => {
      const played = play(storage, steps, { refusalsCount, unitMicrousd: null }, () => {
        const records = expectSums(storage)
        // Nobody asked for a second job at fal, and no limit can prevent what it costs.
        const asked = heardInTime(records).map((record) => ({ ...record, others: [] }))
        expect(overspent(ledger.ledgerOf(asked), 'key:key_limited')).toEqual([])
      })
      seen.admitted += played.ids.length
      seen.refused += played.refused
      seen.refusedBesideHeld += played.refusedBesideHeld
      for (const state of unprovenOf(storage)) unproven.add(state)
    })
    // A rare state may be missing from one draw, but not from three.
    for (let draws = 0; draws < 3 && [...FATES].some((fate) => !unproven.has(fate)); draws++) {
      fc.assert(property, { numRuns: 200 })
    }
  })
  // If nothing happened in the histories, the property would prove nothing.
  expect(seen.admitted).toBeGreaterThan(500)
  expect(seen.refused).toBeGreaterThan(500)
  expect(seen.refusedBesideHeld).toBeGreaterThan(20)
  expect([...unproven]).toEqual(expect.arrayContaining([...FATES]))
})

it('keeps the sums right when fal bills in units, which may cost more than the estimate', async () => {
  await clock.stop()
  await inside.storage((storage) => {
    const units = fc.constantFrom(1, 333_333, 1_000_000)
    const property = fc.property(histories, units, (steps, unitMicrousd) => {
      play(storage, steps, { refusalsCount: true, unitMicrousd }, () => {
        expectSums(storage)
        for (const { charged } of ledger.readLedger(storage))
          expect(charged).toSatisfy(Number.isSafeInteger)
      })
    })
    fc.assert(property, { numRuns: 40 })
  })
})

const markers = fc.constantFrom(
  'outcome=ok',
  'outcome=content_policy',
  'outcome=runner_server_error',
  'outcome=no_video',
  'submit=503_before',
  'submit=503_after_no_id',
  'submit=lost',
  'submit=lost webhook=lost',
  'render_ms=3600000',
  'render_ms=5000 cancel=ignored',
)
/** An account that a test reaches through the API. */
interface Visited {
  readonly account: string
  readonly headers: Record<string, string>
  readonly ids: string[]
}

const burst = fc.array(markers, { minLength: 1, maxLength: 6 })
const which = fc.nat(50)
const word = fc.constantFrom<object>({}, {}, { charged: true }, { charged: false })
const deed = stepsOf<Visited>()
  .may('burst', 4, { burst }, async ({ headers, ids }, { burst }) => {
    const asked = burst.map((marker) => api.ask({ prompt: fal.marked(marker) }, headers))
    for (const { status, body } of await Promise.all(asked.map(api.told)))
      if (status === 202) ids.push(body.id)
  })
  // Cancels or resolves one of the admitted generations.
  .may('change', 2, { which, word }, ({ headers, ids }, { which, word }) => {
    const id = ids[which % Math.max(1, ids.length)]
    const path = `/v1/generations/${id}/${'charged' in word ? 'resolve' : 'cancel'}`
    return id && api.post(path, word, headers)
  })
  .may('hooks', 2, {}, () => fal.deliverAll())
  .may('evict', 1, {}, ({ account }) => evictDurableObject(inside.stub(account)))
  .may('ring', 1, {}, ({ account }) => clock.ring(account))
  .may('pass', 2, { ms: fc.nat(7 * HOUR_MS) }, (_, { ms }) => clock.travel(ms))
  .any()

it('keeps the sums right through the API: bursts, cancels, webhooks, restarts and passing time', async () => {
  let accounts = 0
  const run = async (deeds: readonly Step<Visited>[]) => {
    await fal.restart()
    await clock.stop()
    const account = `studio${++accounts}`
    const visited = { account, headers: { 'pika-account': account }, ids: [] }
    await api.put(`/v1/accounts/${account}`, { daily_budget_usd: 2, monthly_budget_usd: 3.5 })
    for (const { take } of deeds) {
      await take(visited)
      await inside.storage((storage) => {
        const records = expectSums(storage)
        expect(overspent(ledger.ledgerOf(heardInTime(records)), 'key:none')).toEqual([])
      }, account)
    }
  }
  const property = fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 12 }), run)
  // Does not shrink a failing run: that takes longer than reading it.
  await fc.assert(property, { numRuns: 12, endOnFailure: true })
})

it.each([
  ['is charged late, for the held amount', '503_after_no_id', 'charged', 402],
  ['is released, and makes room for another', '503_before', 'released', 202],
])('holds money for an unproven refusal in a full budget until it %s', async (_, ...expected) => {
  const [submit, state, then] = expected
  await clock.stop()
  // All of it must fall on one day.
  await clock.travel(clock.DAY_MS - (Date.now() % clock.DAY_MS))
  await api.put('/v1/accounts/default', { daily_budget_usd: 0.4 })
  const ask = async (prompt: string) => (await api.ask({ prompt }, { prefer: 'wait=0' })).status
  const id = await api.refusedId(api.ask({ prompt: fal.marked(`submit=${submit}`) }))
  expect([await ask(api.PROMPT), await ask(api.PROMPT)]).toEqual([202, 402])
  await clock.travel(MINUTE_MS)
  await fal.deliverAll()
  expect(await ask(api.PROMPT)).toBe(402)
  await clock.pass(2 * HOUR_MS)
  await api.readWhen(id, ({ cost }) => cost.state === state)
  expect(await ask(api.PROMPT)).toBe(then)
  await inside.storage((storage) => {
    ledger.expectBalance(storage)
    const rows = ledger.readLedger(storage)
    expect(ledger.spent(rows, 'account', rows[0]?.day ?? '')).toBe(400_000)
  })
})
