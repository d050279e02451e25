import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  DEFAULT_FIRST_LOOK_MS,
  type Due,
  nextDue,
  NO_LOOKS,
} from '../../../src/domain/generation/due.ts'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import {
  CREATED_MS,
  DAY_MS,
  EXAMPLES,
  HOUR_MS,
  LONGEST_END_MS,
  MINUTE_MS,
  NOW_MS,
  SECOND_MS,
  SENT_MS,
} from './example.ts'

const { queued, unsent, sent, unconfirmed, failed_by_the_clock: presumed } = EXAMPLES
const withoutHook: GenerationRecord = { ...queued, webhookOrigin: null }
const slow = (firstLookAfterMs: number): GenerationRecord => ({ ...queued, firstLookAfterMs })
const asked: GenerationRecord = { ...queued, cancelRequestedAtMs: NOW_MS }

/** Seconds before each look, if every look comes when it is due and learns nothing. */
const lookGaps = (generation: GenerationRecord, fromMs: number, times: number): number[] => {
  const gaps: number[] = []
  let lastAtMs: number | null = null
  while (gaps.length < times) {
    const due = nextDue(generation, { ...NO_LOOKS, count: gaps.length, lastAtMs })
    if (due?.what !== 'look') break
    gaps.push((due.atMs - (lastAtMs ?? fromMs)) / SECOND_MS)
    lastAtMs = due.atMs
  }
  return gaps
}

/** When the last webhook must have come, and when one that the clock ended stops listening. */
const UNHEARD_MS = LONGEST_END_MS + 70 * MINUTE_MS + SECOND_MS
const DENIED_MS = presumed.finishedAtMs + DAY_MS + SECOND_MS

test.each<[string, GenerationRecord, NonNullable<Due>['what'], number]>([
  ['not yet sent goes out in order of creation', unsent, 'send', CREATED_MS],
  ['sent but not answered is due after its lease', sent, 'clock', SENT_MS + 91 * SECOND_MS],
  ['unconfirmed waits until no webhook can come', unconfirmed, 'clock', UNHEARD_MS],
  ['ended by the clock, without an id, listens for a day', presumed, 'clock', DENIED_MS],
  ['whose webhook is late is looked at', queued, 'look', SENT_MS + DEFAULT_FIRST_LOOK_MS],
  ['usually slow is looked at later than most', slow(200_000), 'look', SENT_MS + 200_000],
  ['very slow is looked at after five minutes', slow(3 * HOUR_MS), 'look', SENT_MS + 5 * MINUTE_MS],
  ['without webhooks is looked at after 5 s', withoutHook, 'look', SENT_MS + 5 * SECOND_MS],
  ['to be canceled sends the cancel at once', asked, 'cancel', NOW_MS],
  ['adopted with a cancel sends it at once', { ...asked, cancelRequestedAtMs: 7 }, 'cancel', 7],
])('a generation %s', (_, generation, what, atMs) => {
  expect(nextDue(generation, NO_LOOKS)).toEqual({ what, atMs })
})

test('an unconfirmed generation whose answer named an id is looked at less and less often', () => {
  const named = { requestId: 'req-1', refusal: null }
  expect(lookGaps({ ...unconfirmed, named }, SENT_MS, 3)).toEqual([2, 3, 4.5])
})

test.each([EXAMPLES.completed, EXAMPLES.failed_by_fal, EXAMPLES.canceled])(
  'a $status generation has nothing due',
  (ended) => expect(nextDue(ended, NO_LOOKS)).toBeNull(),
)

test('a generation found soon after it was sent is looked at soon, then less and less often', () => {
  const sentAtMs = presumed.finishedAtMs - SECOND_MS
  const denied = { ...presumed, falRequestId: 'req-1', sentAtMs }
  const gaps = lookGaps(denied, presumed.finishedAtMs, 20)
  expect(gaps.slice(0, 4)).toEqual([2, 2, 2.5, 3.75])
  expect(gaps.at(-1)).toBe(1800)
})

test('a generation ended by the clock, with an id, is looked at twice an hour for a day', () => {
  const sentAtMs = presumed.finishedAtMs - 4 * HOUR_MS
  const named = { ...presumed, falRequestId: 'req-1', sentAtMs }
  expect(lookGaps(named, presumed.finishedAtMs, 100)).toEqual(Array(47).fill(1800))
  const looks = { ...NO_LOOKS, count: 47, lastAtMs: presumed.finishedAtMs + 47 * 1800 * SECOND_MS }
  expect(nextDue(named, looks)).toEqual({ what: 'clock', atMs: DENIED_MS })
})

test.each([
  ['with', queued],
  ['without', withoutHook],
])('%s webhooks, the gaps between looks grow to five minutes at most', (_, generation) => {
  const gaps = lookGaps(generation, SENT_MS, 60).slice(1)
  expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
  expect(gaps[0]).toBeLessThanOrEqual(30)
  expect(gaps.at(-1)).toBe(300)
})

test('looks at an open generation end a day after sending, when the clock decides', () => {
  const lastAtMs = SENT_MS + DAY_MS - MINUTE_MS
  const due = nextDue(queued, { count: 300, lastAtMs, cancelTries: 0 })
  expect(due).toEqual({ what: 'clock', atMs: SENT_MS + DAY_MS + SECOND_MS })
})

test('a look never falls due before the last one', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(DAY_MS), (count, afterMs) => {
      const lastAtMs = SENT_MS + afterMs
      const due = nextDue(queued, { count: count + 1, lastAtMs, cancelTries: 0 })
      expect(due?.atMs).toBeGreaterThan(lastAtMs)
    }),
  )
})

test('a cancel is retried after ever longer pauses while fal does not answer', () => {
  const gapsMs = [1, 2, 3, 4, 5, 6].map((cancelTries) => {
    const due = nextDue(asked, { count: 0, lastAtMs: NOW_MS, cancelTries })
    return due?.what === 'cancel' ? due.atMs - NOW_MS : due
  })
  expect(gapsMs).toEqual([1, 2, 5, 10, 30, 60].map((seconds) => seconds * SECOND_MS))
})

test('a cancel is retried every minute until fal answers, and delays no look that is due earlier', () => {
  const hooked = { ...asked, firstLookAfterMs: HOUR_MS }
  const due = nextDue(hooked, { count: 0, lastAtMs: NOW_MS, cancelTries: 70 })
  expect(due).toEqual({ what: 'cancel', atMs: NOW_MS + 60 * SECOND_MS })
  const looked = nextDue(asked, { count: 1, lastAtMs: NOW_MS, cancelTries: 6 })
  expect(looked).toEqual({ what: 'look', atMs: NOW_MS + 30 * SECOND_MS })
})

test('after fal accepts a cancel, looks come at 1, 2, 5, 10 and 30 s, and then as before', () => {
  const accepted = { ...asked, cancelAcceptedAtMs: NOW_MS }
  const gaps = lookGaps(accepted, NOW_MS, 6)
  expect(gaps.slice(0, 5)).toEqual([1, 1, 3, 5, 20])
  expect(gaps[5]).toBeLessThanOrEqual(300)
})
