import { expect, test } from 'vitest'
import { expectedSeconds, newGeneration } from '../../../src/domain/generation/admission.ts'
import { ASKED, CREATED_MS, POLICY, SECOND_MS } from './example.ts'

test('a new generation holds the request, with nothing sent, known or paid yet', () => {
  expect(newGeneration(ASKED, POLICY, CREATED_MS)).toEqual({
    ...ASKED,
    status: 'submitting',
    falRequestId: null,
    adoptedBy: null,
    others: [],
    unconfirmed: false,
    named: null,
    queuePosition: null,
    video: null,
    failure: null,
    refusedAtSubmit: false,
    cost: {
      estimatedMicrousd: 200_000,
      chargedMicrousd: null,
      state: 'reserved',
      basis: 'price_table',
    },
    verdict: null,
    listening: false,
    doubt: null,
    startTimeoutSeconds: 14_400,
    longestRunSeconds: 900,
    hookRetriesSeconds: 4200,
    seedSource: null,
    billing: { refusalsCount: true, unitMicrousd: null },
    firstLookAfterMs: 120_000,
    createdAtMs: CREATED_MS,
    sentAtMs: null,
    startedAtMs: null,
    finishedAtMs: null,
    cancelRequestedAtMs: null,
    cancelAcceptedAtMs: null,
    logCount: 0,
    revision: 0,
  })
})

test.each([
  ['720p', 5, 200_000],
  ['720p', 10, 400_000],
  ['1080p', 5, 450_000],
  ['1080p', 10, 900_000],
] as const)('%s for %i s reserves %i micro-dollars', (resolution, duration, microusd) => {
  const asked = { ...ASKED, input: { ...ASKED.input, resolution, duration } }
  expect(newGeneration(asked, POLICY, CREATED_MS).cost.estimatedMicrousd).toBe(microusd)
})

test.each([
  ['no past duration is known', [], 120],
  ['one generation took 40 s', [40], 40],
  ['nine of ten took at most 90 s', [10, 20, 30, 40, 50, 60, 70, 80, 90, 1000], 90],
  ['the durations are not in order', [90, 10, 1000, 20, 80, 30, 70, 40, 60, 50], 90],
  ['all generations ended at once', [0, 0, 0], 5],
])('the first look waits long enough when %s', (_, seconds, firstLookSeconds) => {
  const pastDurationsMs = seconds.map((second) => second * SECOND_MS)
  const { firstLookAfterMs } = newGeneration(ASKED, { ...POLICY, pastDurationsMs }, CREATED_MS)
  expect(firstLookAfterMs).toBe(firstLookSeconds * SECOND_MS)
})

const ms = (seconds: readonly number[]) => seconds.map((second) => second * SECOND_MS)

test('the expected seconds are the p50 and p90 of past durations, once five are known', () => {
  for (const few of [[], [40], [40, 41, 42, 43]]) expect(expectedSeconds(ms(few))).toBeNull()
  const given = ms([50, 10, 40, 20, 30])
  expect(expectedSeconds(given)).toEqual({ p50: 30, p90: 50 })
  expect(given).toEqual(ms([50, 10, 40, 20, 30]))
  const hundred = ms(Array.from({ length: 100 }, (_, index) => index + 1))
  expect(expectedSeconds(hundred)).toEqual({ p50: 50, p90: 90 })
})

test('the expected seconds are rounded to a tenth of a second', () => {
  expect(expectedSeconds([1234, 1234, 1234, 1250, 1250])).toEqual({ p50: 1.2, p90: 1.3 })
})
