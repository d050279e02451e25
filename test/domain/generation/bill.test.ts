import { expect, test } from 'vitest'
import { nextBillCheckMs, unbilledRequests } from '../../../src/domain/generation/bill.ts'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import { isInDoubt } from '../../../src/domain/generation/late.ts'
import { transition } from '../../../src/domain/generation/transition.ts'
import { EXAMPLES, MINUTE_MS, NOW_MS, OTHER_JOB, VIDEO } from './example.ts'

const bill = (before: GenerationRecord, microusd: number | null, requestId = 'req-1') =>
  transition(before, { type: 'billed', requestId, microusd }, NOW_MS).generation

const { completed, canceled, failed_by_fal, failed_by_the_clock } = EXAMPLES
const refusedByModel: GenerationRecord = { ...failed_by_fal, cost: completed.cost }
const noVideo = { code: 'invalid_output', message: 'no video', retryable: true } as const
const withoutVideo: GenerationRecord = { ...refusedByModel, failure: noVideo }
/** Its job may have run, and it still listens for the result. */
const lost: GenerationRecord = { ...failed_by_the_clock, falRequestId: 'req-1' }

test.each([
  ['a video', completed, 190_000, 'charged'],
  ['a free video', completed, 0, 'released'],
  ['a canceled generation', canceled, 200_000, 'charged'],
  ['a refusal', refusedByModel, 200_000, 'charged'],
  ['a refusal that is on no bill', refusedByModel, null, 'released'],
])("fal's charge for %s becomes its cost, and is applied once", (_, before, microusd, state) => {
  const once = bill(before, microusd)
  const cost = { ...before.cost, state, chargedMicrousd: microusd ?? 0, basis: 'fal_billing' }
  expect(once).toEqual({ ...before, revision: 1, cost })
  expect(bill(once, 450_000)).toBe(once)
  expect(unbilledRequests(once)).toEqual([])
})

test("fal's charge for a generation that still listens stands when its video comes", () => {
  const { generation } = transition(bill(lost, 190_000), { type: 'output', video: VIDEO }, NOW_MS)
  expect(generation.cost).toMatchObject({ chargedMicrousd: 190_000, basis: 'fal_billing' })
  expect(generation.failure?.lateVideo).toEqual(VIDEO)
})

test("fal's charge for another job is recorded on that job, once its end is known", () => {
  const open: GenerationRecord = { ...completed, others: [OTHER_JOB] }
  expect(unbilledRequests(open)).toEqual(['req-1'])
  expect(bill(open, 450_000, 'req-2')).toBe(open)
  const job = { ...OTHER_JOB, video: VIDEO, cost: completed.cost }
  const after = bill({ ...completed, others: [job] }, 450_000, 'req-2')
  expect(after.others[0]?.cost).toMatchObject({ chargedMicrousd: 450_000, basis: 'fal_billing' })
  expect(after.cost).toBe(completed.cost)
  expect(unbilledRequests(after)).toEqual(['req-1'])
})

test.each<[string, GenerationRecord, string?]>([
  ['a video', completed],
  ['a generation whose cost was released', canceled],
  ['an output without a video', withoutVideo],
  ['a generation that may have been paid for', lost],
  ['a generation that has not ended', EXAMPLES.in_progress],
  ['another request', refusedByModel, 'req-9'],
])('a missing charge changes nothing for %s', (_, before, requestId = 'req-1') => {
  expect(bill(before, null, requestId)).toBe(before)
})

test('the bill is fetched after 10 minutes, an hour and a day, and then never again', () => {
  const gaps = [0, 1, 2, 3].map((checks) => nextBillCheckMs(0, checks))
  expect(gaps).toEqual([10 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS, undefined])
})

test('a generation is in doubt if fal charged for it but never reported its end', () => {
  expect(isInDoubt(bill(lost, 190_000))).toBe(true)
  expect(isInDoubt(bill(lost, 0))).toBe(false)
  expect(isInDoubt(bill(refusedByModel, 190_000))).toBe(false)
})
