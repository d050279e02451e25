import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
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

/** When it is looked at, if each look comes when it is due and learns nothing. */
const lookTimes = (generation: GenerationRecord, times: number): number[] => {
  const atMs: number[] = []
  while (atMs.length < times) {
    const looks = { ...NO_LOOKS, count: atMs.length, lastAtMs: atMs.at(-1) ?? null }
    const due = nextDue(generation, looks)
    if (due?.what !== 'look') break
    atMs.push(due.atMs)
  }
  return atMs
}

/** When the last webhook of it must have come, and when what the clock ended listens no more. */
const UNHEARD_MS = LONGEST_END_MS + 70 * MINUTE_MS + SECOND_MS
const DENIED_MS = presumed.finishedAtMs + DAY_MS + SECOND_MS

test.each<[string, GenerationRecord, NonNullable<Due>['what'], number]>([
  ['unsent, to be sent in the order of being made', unsent, 'send', CREATED_MS],
  ['sent, given up for dead once its lease is over', sent, 'clock', SENT_MS + 91 * SECOND_MS],
  ['unconfirmed, waiting until no webhook can come', unconfirmed, 'clock', UNHEARD_MS],
  ['ended by the clock and without an id, waiting for its end', presumed, 'clock', DENIED_MS],
  ['with a webhook, looked at when that is late', queued, 'look', SENT_MS + DEFAULT_FIRST_LOOK_MS],
  ['usually slow, looked at later than most', slow(200_000), 'look', SENT_MS + 200_000],
  ['very slow, looked at after five minutes', slow(3 * HOUR_MS), 'look', SENT_MS + 5 * MINUTE_MS],
  ['without webhooks, looked at after five seconds', withoutHook, 'look', SENT_MS + 5 * SECOND_MS],
  ['to be canceled, asked to at once', asked, 'cancel', NOW_MS],
  ['adopted with a cancel, asked to as soon', { ...asked, cancelRequestedAtMs: 7 }, 'cancel', 7],
])('what is %s', (_, generation, what, atMs) => {
  expect(nextDue(generation, NO_LOOKS)).toEqual({ what, atMs })
})

describe('what is due', () => {
  test('an unconfirmed one whose answer named an id is asked about it, less and less often', () => {
    const named = { requestId: 'req-1', refusal: null }
    const times = lookTimes({ ...EXAMPLES.unconfirmed, named }, 3)
    expect(times).toEqual([2, 5, 9.5].map((seconds) => SENT_MS + seconds * SECOND_MS))
  })

  test.each(['completed', 'failed_by_fal', 'canceled'] as const)('%s: nothing', (column) => {
    expect(nextDue(EXAMPLES[column], NO_LOOKS)).toBeNull()
  })

  test('what turned up soon after it was sent is looked at soon, and then ever less often', () => {
    const sentAtMs = presumed.finishedAtMs - SECOND_MS
    const denied = { ...presumed, falRequestId: 'req-1', sentAtMs }
    const gapsMs = lookTimes(denied, 20).map((atMs, index, all) => atMs - (all[index - 1] ?? 0))
    expect(gapsMs[0]).toBe(denied.finishedAtMs + 2 * SECOND_MS)
    expect(gapsMs.slice(1, 4)).toEqual([2, 2.5, 3.75].map((seconds) => seconds * SECOND_MS))
    expect(gapsMs.at(-1)).toBe(HOUR_MS / 2)
  })

  test('a verdict of the clock with a request id is looked at twice an hour, until its end', () => {
    const sentAtMs = presumed.finishedAtMs - 4 * HOUR_MS
    const named = { ...presumed, falRequestId: 'req-1', sentAtMs }
    const times = lookTimes(named, 100)
    expect(times).toEqual(
      Array.from({ length: 47 }, (_, half) => presumed.finishedAtMs + ((half + 1) * HOUR_MS) / 2),
    )
    const looks = { ...NO_LOOKS, count: 47, lastAtMs: times.at(-1) ?? null }
    expect(nextDue(named, looks)).toEqual({ what: 'clock', atMs: DENIED_MS })
  })
})

describe('looking at an open generation', () => {
  test.each([
    ['with', queued],
    ['without', withoutHook],
  ])('%s webhooks, gaps grow, up to five minutes and never above', (_, generation) => {
    const times = lookTimes(generation, 60)
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0))
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
    expect(gaps[0]).toBeLessThanOrEqual(30 * SECOND_MS)
    expect(gaps.at(-1)).toBe(5 * MINUTE_MS)
  })

  test('ends with a verdict of the clock a day after sending', () => {
    const lastAtMs = SENT_MS + DAY_MS - MINUTE_MS
    const due = nextDue(queued, { count: 300, lastAtMs, cancelTries: 0 })
    expect(due).toEqual({ what: 'clock', atMs: SENT_MS + DAY_MS + SECOND_MS })
  })

  test('never falls due before the last look', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(DAY_MS), (count, afterMs) => {
        const lastAtMs = SENT_MS + afterMs
        const looks = { count: count + 1, lastAtMs, cancelTries: 0 }
        const due = nextDue(queued, looks)
        expect(due?.atMs).toBeGreaterThan(lastAtMs)
      }),
    )
  })
})

describe('a cancel that is asked for', () => {
  test('goes out again, later and later, while fal does not answer', () => {
    const gapsMs = [1, 2, 3, 4, 5, 6].map((cancelTries) => {
      const due = nextDue(asked, { count: 0, lastAtMs: NOW_MS, cancelTries })
      return due?.what === 'cancel' ? due.atMs - NOW_MS : due
    })
    expect(gapsMs).toEqual([1, 2, 5, 10, 30, 60].map((seconds) => seconds * SECOND_MS))
  })

  test('is asked again every minute until fal answers it, and puts off no look due before it', () => {
    const hooked = { ...asked, firstLookAfterMs: HOUR_MS }
    const due = nextDue(hooked, { count: 0, lastAtMs: NOW_MS, cancelTries: 70 })
    expect(due).toEqual({ what: 'cancel', atMs: NOW_MS + 60 * SECOND_MS })
    const looked = nextDue(asked, { count: 1, lastAtMs: NOW_MS, cancelTries: 6 })
    expect(looked).toEqual({ what: 'look', atMs: NOW_MS + 30 * SECOND_MS })
  })

  test('that fal accepted is looked after 1, 2, 5, 10 and 30 s, and then as before', () => {
    const accepted = { ...asked, cancelAcceptedAtMs: NOW_MS }
    const times = lookTimes(accepted, 6).map((atMs) => (atMs - NOW_MS) / SECOND_MS)
    expect(times.slice(0, 5)).toEqual([1, 2, 5, 10, 30])
    expect(times[5]).toBeLessThanOrEqual(30 + 300)
  })
})
