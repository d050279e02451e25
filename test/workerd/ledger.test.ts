import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { createAdmissions } from '../../src/account/generations/admissions.ts'
import { createCore } from '../../src/account/core.ts'
import { createIdempotencyKeys } from '../../src/account/generations/idempotency.ts'
import { createKeys } from '../../src/account/keys.ts'
import { DEFAULT_PRICES } from '../../src/contract/price.ts'
import type { CostState } from '../../src/contract/status.ts'
import type { Generation } from '../../src/contract/generation.ts'
import type { Billing, GenerationRecord } from '../../src/domain/generation/generation.ts'
import type { KeyRecord } from '../../src/domain/key.ts'
import type { Observation } from '../../src/domain/generation/observation.ts'
import { FAILURE, VIDEO } from '../domain/generation/example.ts'
import {
  type LedgerRow,
  ledgerOf,
  readGenerations,
  readLedger,
  readUsage,
  spent,
  usageOf,
} from './ledger.ts'
import {
  api,
  clock,
  DAY_MS,
  eventually,
  fal,
  freshWorld,
  HOUR_MS,
  inside,
  MINUTE_MS,
} from './world.ts'

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

const KEY: KeyRecord = {
  id: 'key_limited',
  accountId: 'default',
  name: 'limited',
  prefix: '',
  hash: '',
  scopes: ['generations:write'],
  dailyBudgetMicrousd: KEY_DAILY_MICROUSD,
  monthlyBudgetMicrousd: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
}

/** The part of an account that decides about money, on the object's own database. */
const openBooks = (storage: DurableObjectStorage, billing: Billing) => {
  const core = createCore(storage, async () => undefined, 100)
  const keys = createKeys(core)
  const admissions = createAdmissions(core, {
    keys,
    idempotencyKeys: createIdempotencyKeys(core.sql),
    // Nothing is sent: what becomes of it, the history says.
    submitter: { take: () => undefined },
    thresholds: { note: () => undefined },
    policy: {
      prices: DEFAULT_PRICES,
      billing,
      startTimeoutSeconds: 14_400,
      longestRunSeconds: 900,
      hookRetriesSeconds: 4200,
      accountDefaults: {
        dailyBudgetMicrousd: DAILY_MICROUSD,
        monthlyBudgetMicrousd: MONTHLY_MICROUSD,
        timeZone: 'UTC',
        maxOpen: 1000,
      },
      alwaysSendSeed: false,
      accepts: true,
    },
  })
  return { ...core, admissions, keys }
}

const TABLES = [
  'generations',
  'finals',
  'events',
  'ledger',
  'keys',
  'idempotency_keys',
  'meta',
  'owed_writes',
]

type Step =
  | {
      readonly do: 'submit'
      readonly keyId: string
      readonly dear: boolean
      readonly long: boolean
    }
  | { readonly do: 'learn'; readonly which: number; readonly learned: readonly Observation[] }
  | { readonly do: 'move'; readonly timeZone: string }
  | { readonly do: 'pass'; readonly hours: number }
  | { readonly do: 'restart' }

const submit = fc.record({
  do: fc.constant('submit' as const),
  keyId: fc.constantFrom('admin', 'key_limited'),
  dear: fc.boolean(),
  long: fc.boolean(),
})
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
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: submit },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('learn' as const),
      which: fc.nat(100),
      learned: fc.oneof(
        { weight: 3, arbitrary: fc.array(observation, { minLength: 1, maxLength: 3 }) },
        { weight: 1, arbitrary: unproven },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      timeZone: fc.constantFrom('UTC', 'Pacific/Kiritimati', 'Pacific/Niue', 'Asia/Kathmandu'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      hours: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
)

/** Runs a history on an empty database; `check` sees the books after every step. */
const play = (
  storage: DurableObjectStorage,
  steps: readonly Step[],
  billing: Billing,
  check: (storage: DurableObjectStorage) => void,
): { readonly admitted: number; readonly refused: number; readonly refusedBesideHeld: number } => {
  for (const table of TABLES) storage.sql.exec(`DELETE FROM ${table}`)
  let books = openBooks(storage, billing)
  books.keys.add(KEY)
  const ids: string[] = []
  let [refused, refusedBesideHeld] = [0, 0]
  for (const next of steps) {
    switch (next.do) {
      case 'submit': {
        const id = `gen_${String(ids.length).padStart(26, '0')}`
        const asked = {
          id,
          accountId: 'default',
          keyId: next.keyId,
          input: {
            prompt: 'a lighthouse',
            aspect_ratio: '16:9',
            resolution: next.dear ? '1080p' : '720p',
            duration: next.long ? 10 : 5,
          },
          metadata: {},
          retryOf: null,
          webhookOrigin: null,
        } as const
        const result = books.admissions.admit(asked, { idempotency: null, schedule: null })
        if (result.type === 'admitted') ids.push(id)
        else {
          refused++
          if (unprovenOf(storage).includes('reserved')) refusedBesideHeld++
        }
        break
      }
      case 'learn': {
        const id = ids[next.which % Math.max(1, ids.length)]
        const learned = next.learned.map((seen) =>
          'requestId' in seen ? { ...seen, requestId: `${seen.requestId}-${id}` } : seen,
        )
        if (id !== undefined) books.journal.observe(id, learned, Date.now())
        break
      }
      case 'move':
        books.meta.changeSettings({ timeZone: next.timeZone })
        break
      case 'pass':
        vi.setSystemTime(Date.now() + next.hours * 3600_000)
        break
      case 'restart':
        books = openBooks(storage, billing)
        break
    }
    check(storage)
  }
  return { admitted: ids.length, refused, refusedBesideHeld }
}

/** What became of the money of those that were refused without proof. */
const unprovenOf = (storage: DurableObjectStorage): CostState[] =>
  readGenerations(storage).flatMap(({ refusedAtSubmit, verdict, failure, cost }) =>
    refusedAtSubmit && (verdict === 'unproven' || failure?.lateVideo) ? [cost.state] : [],
  )

/** Of the money of those, in time. */
const FATES: ReadonlySet<CostState> = new Set(['reserved', 'released', 'charged'])

const histories = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' })

it('never holds more than a limit; ledger and usage are the sums of the generations', async () => {
  await clock.stop()
  const seen = { admitted: 0, refused: 0, refusedBesideHeld: 0 }
  const unproven = new Set<CostState>()
  await inside.storage((storage) => {
    const property = fc.property(histories, fc.boolean(), (steps, refusalsCount) => {
      const played = play(storage, steps, { refusalsCount, unitMicrousd: null }, () => {
        const records = readGenerations(storage)
        expect(readLedger(storage)).toEqual(ledgerOf(records))
        expect(readUsage(storage)).toEqual(usageOf(records))
        // What a second job of fal's costs was never asked for, and no limit can stop it.
        const asked = heardInTime(records).map((record) => ({ ...record, others: [] }))
        expect(overspent(ledgerOf(asked), 'key:key_limited')).toEqual([])
      })
      seen.admitted += played.admitted
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
          const rows = readLedger(storage)
          const records = readGenerations(storage)
          expect(rows).toEqual(ledgerOf(records))
          expect(readUsage(storage)).toEqual(usageOf(records))
          expect(rows.every((row) => Number.isSafeInteger(row.charged))).toBe(true)
        })
      }),
      { numRuns: 40 },
    )
  })
})

type Deed =
  | { readonly do: 'burst'; readonly markers: readonly string[] }
  | { readonly do: 'cancel' | 'resolve'; readonly which: number }
  | { readonly do: 'hooks' | 'evict' | 'ring' }
  | { readonly do: 'pass'; readonly ms: number }

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
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      markers: fc.array(markers, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'resolve'), which: fc.nat(50) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('hooks' as const, 'evict', 'ring') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(7 * 3600_000) }),
  },
)

it('holds through the door as well: bursts, cancels, webhooks, restarts and time', async () => {
  let account = 0
  const run = async (deeds: readonly Deed[]) => {
    await fal.control('', undefined, 'DELETE')
    await fal.control('/settings', { webhooks: 'hold' })
    await clock.stop()
    const headers = { 'pika-account': `studio${++account}` }
    await api.put(`/v1/accounts/studio${account}`, { daily_budget_usd: 2, monthly_budget_usd: 3.5 })
    const stub = inside.stub(`studio${account}`)
    const ids: string[] = []
    for (const next of deeds) {
      if (next.do === 'burst') {
        const answers = await Promise.all(
          next.markers.map((marker) =>
            api.post('/v1/generations', { prompt: fal.marked(marker) }, headers),
          ),
        )
        for (const answer of answers) {
          const { id }: Partial<Generation> = await answer.json()
          if (answer.status === 202 && id !== undefined) ids.push(id)
        }
      }
      if ((next.do === 'cancel' || next.do === 'resolve') && ids.length > 0) {
        const word = next.do === 'resolve' ? { charged: next.which % 2 === 0 } : {}
        await api.post(`/v1/generations/${ids[next.which % ids.length]}/${next.do}`, word, headers)
      }
      if (next.do === 'hooks') await fal.deliverAll()
      if (next.do === 'evict') await evictDurableObject(stub)
      if (next.do === 'ring') await clock.ring(`studio${account}`)
      if (next.do === 'pass') await clock.travel(next.ms)
      await runInDurableObject(stub, (_, { storage }) => {
        const rows = readLedger(storage)
        const records = readGenerations(storage)
        expect(rows).toEqual(ledgerOf(records))
        expect(readUsage(storage)).toEqual(usageOf(records))
        expect(overspent(ledgerOf(heardInTime(records)), 'key:none')).toEqual([])
      })
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
  await clock.travel(DAY_MS - (Date.now() % DAY_MS))
  await api.put('/v1/accounts/default', { daily_budget_usd: 0.4 })
  const ask = async (prompt: string) =>
    (await api.post('/v1/generations', { prompt }, { prefer: 'wait=0' })).status
  const unproven = await api.post('/v1/generations', { prompt: fal.marked(`submit=${submit}`) })
  const { generation_id } = await api.readProblem(unproven)
  expect([await ask(api.PROMPT), await ask(api.PROMPT)]).toEqual([202, 402])
  await clock.travel(MINUTE_MS)
  await fal.deliverAll()
  expect(await ask(api.PROMPT)).toBe(402)
  await clock.pass(2 * HOUR_MS)
  await eventually(async () => (await api.read(generation_id ?? '')).cost.state === state)
  expect(await ask(api.PROMPT)).toBe(then)
  await inside.storage((storage) => {
    const rows = readLedger(storage)
    expect(rows).toEqual(ledgerOf(readGenerations(storage)))
    expect(spent(rows, 'account', rows[0]?.day ?? '')).toBe(400_000)
  })
})
