import { expect, test } from 'vitest'
import {
  adoptionDeadlineMs,
  leaseEndsMs,
  listeningEndsMs,
  longestEndMs,
  SUBMIT_TIMEOUT_MS,
  unreachableDeadlineMs,
} from '../../../src/domain/generation/deadlines.ts'
import { CREATED_MS, DAY_MS, EXAMPLES, HOUR_MS, MINUTE_MS, SENT_MS } from './example.ts'

const { queued, unsent, failed_by_the_clock: presumed } = EXAMPLES

test('it can run until start time-out and longest run are over, from sending, or being made', () => {
  expect(longestEndMs(queued)).toBe(SENT_MS + 4 * HOUR_MS + 15 * MINUTE_MS)
  expect(longestEndMs(unsent)).toBe(CREATED_MS + 4 * HOUR_MS + 15 * MINUTE_MS)
})

test("a lost answer can be adopted until fal's last try of the webhook", () => {
  expect(adoptionDeadlineMs(queued)).toBe(SENT_MS + 4 * HOUR_MS + 85 * MINUTE_MS)
})

test('fal may be silent for a day, or for as long as the job may take, where that is longer', () => {
  expect(unreachableDeadlineMs(queued)).toBe(SENT_MS + DAY_MS)
  const patient = { ...queued, startTimeoutSeconds: 2 * 86_400 }
  expect(unreachableDeadlineMs(patient)).toBe(SENT_MS + 2 * DAY_MS + 15 * MINUTE_MS)
})

test('a verdict of the clock listens for a day', () => {
  expect(listeningEndsMs(presumed)).toBe(presumed.finishedAtMs + DAY_MS)
})

test('a submit is not called lost while its answer may still come', () => {
  expect(leaseEndsMs(queued)).toBeGreaterThan(SENT_MS + SUBMIT_TIMEOUT_MS)
})
