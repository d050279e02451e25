import { evictDurableObject } from 'cloudflare:test'
import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { createAdmissions } from '../../src/account/generations/admissions.ts'
import { createCore } from '../../src/account/core.ts'
import { createKeys } from '../../src/account/keys.ts'
import { DEFAULT_PRICES } from '../../src/contract/price.ts'
import type { CostState } from '../../src/contract/status.ts'
import type { Generation } from '../../src/contract/generation.ts'
import type { Billing, GenerationRecord } from '../../src/domain/generation/generation.ts'
import type { Observation } from '../../src/domain/generation/observation.ts'
import { FAILURE, VIDEO } from '../domain/generation/example.ts'
import {
  expectBalance,
  type LedgerRow,
  ledgerOf,
  readGenerations,
  readLedger,
  readUsage,
  spent,
  usageOf,
} from './ledger.ts'
import { KEY_RECORD } from './accounts.ts'
import { type Step, stepsOf } from './steps.ts'
import { api, clock, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld()

const DAILY_MICROUSD = 2_000_000
const MONTHLY_MICROUSD = 3_500_000
const KEY_DAILY_MICROUSD = 900_000

/** Every day and every month, of the account and of each key with limits of its own. */
const overspent = (rows: readonly LedgerRow[], limitedKey: string): string[] => {
  const days = [...new Set(rows.map((row) => row.day))]
  const months = [...new Set(days.map((day) => day.slice(0, 7)))]
  const over = (scope: string, days: readonly string[], limit: number) =>
    days.filter((day) => spent(rows, scope, day) > limit).map((day) => `${scope} ${day}`)
  return [
    ...over('account', days, DAILY_MICROUSD),
    ...over('account', months, MONTHLY_MICROUSD),
    ...over(limitedKey, days, KEY_DAILY_MICROUSD),
  ]
}

/**
 * Without those of which fal was heard when their money was given back: after all the time that it
 * has, or against the word of a person. No limit can stop that.
 */
const heardInTime = (records: readonly GenerationRecord[]): GenerationRecord[] =>
  records.filter(({ listeningUntilMs }) => listeningUntilMs === undefined)

const LIMITS = { dailyBudgetMicrousd: DAILY_MICROUSD, monthlyBudgetMicrousd: MONTHLY_MICROUSD }

const KEY = { ...KEY_RECORD, id: 'key_limited', dailyBudgetMicrousd: KEY_DAILY_MICROUSD }

/** The part of an account that decides about money, on the object's own database. */
const openBooks = (storage: DurableObjectStorage, billing: Billing) => {
  const core = createCore(storage, async () => undefined, 100)
  const keys = createKeys(core)
  // Nothing is sent: what becomes of it, the history says.
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

const observation = fc.oneof(
  fc.constantFrom<Observation>(
    { type: 'sending', videoSig: 'sig' },
    { type: 'accepted', requestId: 'ours', by: 'hook' },
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
    { type: 'output', video: VIDEO },
  ),
  fc.record({
    type: fc.constant('output' as const),
    video: fc.constant(VIDEO),
    billableUnits: fc.constantFrom(0, 1, 2.5),
  }),
)
/** One whose refusal proves nothing is held, charged late, or released once two hours are over. */
const unproven = fc.constantFrom<Observation[]>(
  [
    { type: 'sending', videoSig: 'sig' },
    { type: 'unproven', failure: FAILURE },
  ],
  [
    { type: 'accepted', requestId: 'ours', by: 'hook' },
    { type: 'output', video: VIDEO },
  ],
  [{ type: 'clock' }],
)
/** An account of which a history is played, and what became of it. */
interface Playing {
  readonly storage: DurableObjectStorage
  readonly billing: Billing
  books: ReturnType<typeof openBooks>
  readonly ids: string[]
  refused: number
  refusedBesideHeld: number
}

const step = stepsOf<Playing>()
  .may(
    'submit',
    6,
    { keyId: fc.constantFrom('admin', 'key_limited'), dear: fc.boolean(), long: fc.boolean() },
    (playing, { keyId, dear, long }) => {
      const id = `gen_${String(playing.ids.length).padStart(26, '0')}`
      const asked = {
        id,
        accountId: 'default',
        keyId,
        input: {
          prompt: 'a lighthouse',
          aspect_ratio: '16:9',
          resolution: dear ? '1080p' : '720p',
          duration: long ? 10 : 5,
        },
        metadata: {},
        retryOf: null,
        webhookOrigin: null,
      } as const
      const result = playing.books.admissions.admit(asked, { idempotency: null })
      if (result === null) playing.ids.push(id)
      else {
        playing.refused++
        if (unprovenOf(playing.storage).includes('reserved')) playing.refusedBesideHeld++
      }
    },
  )
  .may(
    'learn',
    8,
    {
      which: fc.nat(100),
      learned: fc.oneof(
        { weight: 3, arbitrary: fc.array(observation, { minLength: 1, maxLength: 3 }) },
        { weight: 1, arbitrary: unproven },
      ),
    },
    ({ books, ids }, { which, learned }) => {
      const id = ids[which % Math.max(1, ids.length)]
      const seen = learned.map((each) =>
        'requestId' in each ? { ...each, requestId: `${each.requestId}-${id}` } : each,
      )
      if (id !== undefined) books.journal.observe(id, seen)
    },
  )
  .may(
    'move',
    1,
    { timeZone: fc.constantFrom('UTC', 'Pacific/Kiritimati', 'Pacific/Niue', 'Asia/Kathmandu') },
    ({ books }, settings) => books.meta.changeSettings(settings),
  )
  .may('pass', 2, { hours: fc.integer({ min: 1, max: 40 }) }, (_, { hours }) =>
    vi.setSystemTime(Date.now() + hours * HOUR_MS),
  )
  .may('restart', 1, {}, (playing) => {
    playing.books = openBooks(playing.storage, playing.billing)
  })
  .any()

/** Runs a history on an empty database; `check` sees the books after every step. */
const play = (
  storage: DurableObjectStorage,
  steps: readonly Step<Playing>[],
  billing: Billing,
  check: (storage: DurableObjectStorage) => void,
): Playing => {
  const { sql } = storage
  const tables = inside.tablesOf(sql).filter((name) => name !== 'schema_version')
  // What is deleted of the first is still summed up in others.
  for (const table of ['generations', ...tables]) sql.exec(`DELETE FROM ${table}`)
  const books = openBooks(storage, billing)
  books.keys.add(KEY)
  const playing = { storage, billing, books, ids: [], refused: 0, refusedBesideHeld: 0 }
  for (const { take } of steps) {
    take(playing)
    check(storage)
  }
  return playing
}

/** What became of the money of those that were refused without proof. */
const unprovenOf = (storage: DurableObjectStorage): CostState[] =>
  readGenerations(storage).flatMap(({ refusedAtSubmit, verdict, failure, cost }) =>
    refusedAtSubmit && (verdict === 'unproven' || failure?.lateVideo) ? [cost.state] : [],
  )

/** Of the money of those, in time. */
const FATES: ReadonlySet<CostState> = new Set(['reserved', 'released', 'charged'])

/** Holds ledger and usage against the sums over the generations, which it answers. */
const expectSums = (storage: DurableObjectStorage): GenerationRecord[] => {
  const records = readGenerations(storage)
  expect(readLedger(storage)).toEqual(ledgerOf(records))
  expect(readUsage(storage)).toEqual(usageOf(records))
  return records
}

const histories = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' })

it('never holds more than a limit; ledger and usage are the sums of the generations', async () => {
  await clock.stop()
  const seen = { admitted: 0, refused: 0, refusedBesideHeld: 0 }
  const unproven = new Set<CostState>()
  await inside.storage((storage) => {
    const property = fc.property(histories, fc.boolean(), (steps, refusalsCount) => {
      const played = play(storage, steps, { refusalsCount, unitMicrousd: null }, () => {
        const records = expectSums(storage)
        // What a second job of fal's costs was never asked for, and no limit can stop it.
        const asked = heardInTime(records).map((record) => ({ ...record, others: [] }))
        expect(overspent(ledgerOf(asked), 'key:key_limited')).toEqual([])
      })
      seen.admitted += played.ids.length
      seen.refused += played.refused
      seen.refusedBesideHeld += played.refusedBesideHeld
      for (const state of unprovenOf(storage)) unproven.add(state)
    })
    // What is rare may be missing from one draw, and not from three.
    for (let draws = 0; draws < 3 && [...FATES].some((fate) => !unproven.has(fate)); draws++) {
      fc.assert(property, { numRuns: 200 })
    }
  })
  // A property of histories in which nothing happens would prove nothing.
  expect(seen.admitted).toBeGreaterThan(500)
  expect(seen.refused).toBeGreaterThan(500)
  expect(seen.refusedBesideHeld).toBeGreaterThan(20)
  expect([...unproven]).toEqual(expect.arrayContaining([...FATES]))
})

it('stays the sum where fal bills in units, which may cost more than was estimated', async () => {
  await clock.stop()
  await inside.storage((storage) => {
    fc.assert(
      fc.property(histories, fc.constantFrom(1, 333_333, 1_000_000), (steps, unitMicrousd) => {
        play(storage, steps, { refusalsCount: true, unitMicrousd }, () => {
          expectSums(storage)
          expect(readLedger(storage).every((row) => Number.isSafeInteger(row.charged))).toBe(true)
        })
      }),
      { numRuns: 40 },
    )
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
/** An account that is reached through the door. */
interface Visited {
  readonly account: string
  readonly ids: string[]
}

const headersOf = ({ account }: Visited) => ({ 'pika-account': account })

/** Has one of those that were admitted be canceled, or resolved with a word. */
const change = (visited: Visited, which: number, deed: string, word: object) => {
  const id = visited.ids[which % Math.max(1, visited.ids.length)]
  return id && api.post(`/v1/generations/${id}/${deed}`, word, headersOf(visited))
}

const which = fc.nat(50)
const deed = stepsOf<Visited>()
  .may(
    'burst',
    4,
    { burst: fc.array(markers, { minLength: 1, maxLength: 6 }) },
    async (visited, { burst }) => {
      const answers = await Promise.all(
        burst.map((marker) => api.ask({ prompt: fal.marked(marker) }, headersOf(visited))),
      )
      for (const answer of answers) {
        const { id }: Partial<Generation> = await answer.json()
        if (answer.status === 202 && id !== undefined) visited.ids.push(id)
      }
    },
  )
  .may('cancel', 1, { which }, (visited, { which }) => change(visited, which, 'cancel', {}))
  .may('resolve', 1, { which, charged: fc.boolean() }, (visited, { which, charged }) =>
    change(visited, which, 'resolve', { charged }),
  )
  .may('hooks', 2, {}, () => fal.deliverAll())
  .may('evict', 1, {}, ({ account }) => evictDurableObject(inside.stub(account)))
  .may('ring', 1, {}, ({ account }) => clock.ring(account))
  .may('pass', 2, { ms: fc.nat(7 * HOUR_MS) }, (_, { ms }) => clock.travel(ms))
  .any()

it('holds through the door as well: bursts, cancels, webhooks, restarts and time', async () => {
  let accounts = 0
  const run = async (deeds: readonly Step<Visited>[]) => {
    await fal.restart()
    await clock.stop()
    const account = `studio${++accounts}`
    const limits = { daily_budget_usd: 2, monthly_budget_usd: 3.5 }
    await api.put(`/v1/accounts/${account}`, limits)
    const visited = { account, ids: [] }
    for (const { take } of deeds) {
      await take(visited)
      await inside.storage((storage) => {
        const records = expectSums(storage)
        expect(overspent(ledgerOf(heardInTime(records)), 'key:none')).toEqual([])
      }, account)
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 12 }), run), {
    numRuns: 12,
    // A failing run is reported as it is: shrinking it takes longer than reading it.
    endOnFailure: true,
  })
})

it.each([
  ['is charged, late, with what was held for it', '503_after_no_id', 'charged', 402],
  ['is released, and makes room for another', '503_before', 'released', 202],
])('holds the money of an unproven one at a full budget, until it %s', async (_, ...expected) => {
  const [submit, state, then] = expected
  await clock.stop()
  // All of it is to be on one day.
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
    expectBalance(storage)
    const rows = readLedger(storage)
    expect(spent(rows, 'account', rows[0]?.day ?? '')).toBe(400_000)
  })
})
