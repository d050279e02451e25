import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_FIRST_LOOK_MS, nextDue, NO_LOOKS } from '../../../src/domain/generation/due.ts'
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

const { queued } = EXAMPLES
const withoutHook: GenerationRecord = { ...queued, webhookOrigin: null }

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

describe('what is due', () => {
  test('an unsent generation is to be sent, in the order of being made', () => {
    expect(nextDue(EXAMPLES.unsent, NO_LOOKS)).toEqual({ what: 'send', atMs: CREATED_MS })
  })

  test('a sent one is given up for dead once its lease is over', () => {
    const atMs = SENT_MS + 91 * SECOND_MS
    expect(nextDue(EXAMPLES.sent, NO_LOOKS)).toEqual({ what: 'clock', atMs })
  })

  test('an unconfirmed one waits for its webhook until none can come', () => {
    const atMs = LONGEST_END_MS + 70 * MINUTE_MS + SECOND_MS
    expect(nextDue(EXAMPLES.unconfirmed, NO_LOOKS)).toEqual({ what: 'clock', atMs })
  })

  test('an unconfirmed one whose answer named an id is asked about it, less and less often', () => {
    const named = { requestId: 'req-1', refusal: null }
    const times = lookTimes({ ...EXAMPLES.unconfirmed, named }, 3)
    expect(times).toEqual([2, 5, 9.5].map((seconds) => SENT_MS + seconds * SECOND_MS))
  })

  test.each(['completed', 'failed_by_fal', 'canceled'] as const)('%s: nothing', (column) => {
    expect(nextDue(EXAMPLES[column], NO_LOOKS)).toBeNull()
  })

  test('a verdict of the clock without a request id only waits for its end', () => {
    const presumed = EXAMPLES.failed_by_the_clock
    const atMs = presumed.finishedAtMs + DAY_MS + SECOND_MS
    expect(nextDue(presumed, NO_LOOKS)).toEqual({ what: 'clock', atMs })
  })

  test('what turned up soon after it was sent is looked at soon, and then ever less often', () => {
    const sentAtMs = EXAMPLES.failed_by_the_clock.finishedAtMs - SECOND_MS
    const denied = { ...EXAMPLES.failed_by_the_clock, falRequestId: 'req-1', sentAtMs }
    const gapsMs = lookTimes(denied, 20).map((atMs, index, all) => atMs - (all[index - 1] ?? 0))
    expect(gapsMs[0]).toBe(denied.finishedAtMs + 2 * SECOND_MS)
    expect(gapsMs.slice(1, 4)).toEqual([2, 2.5, 3.75].map((seconds) => seconds * SECOND_MS))
    expect(gapsMs.at(-1)).toBe(HOUR_MS / 2)
  })

  test('a verdict of the clock with a request id is looked at twice an hour, until its end', () => {
    const sentAtMs = EXAMPLES.failed_by_the_clock.finishedAtMs - 4 * HOUR_MS
    const presumed = { ...EXAMPLES.failed_by_the_clock, falRequestId: 'req-1', sentAtMs }
    const endsMs = presumed.finishedAtMs + DAY_MS
    const times = lookTimes(presumed, 100)
    expect(times).toEqual(
      Array.from({ length: 47 }, (_, half) => presumed.finishedAtMs + ((half + 1) * HOUR_MS) / 2),
    )
    const looks = { ...NO_LOOKS, count: 47, lastAtMs: times.at(-1) ?? null }
    expect(nextDue(presumed, looks)).toEqual({ what: 'clock', atMs: endsMs + SECOND_MS })
  })
})

describe('looking at an open generation', () => {
  test('with webhooks, begins when the hook is late', () => {
    const atMs = SENT_MS + DEFAULT_FIRST_LOOK_MS
    expect(nextDue(queued, NO_LOOKS)).toEqual({ what: 'look', atMs })
  })

  test('with webhooks, begins when it is later than most past ones', () => {
    const slow = { ...queued, firstLookAfterMs: 200 * SECOND_MS }
    expect(nextDue(slow, NO_LOOKS)).toEqual({ what: 'look', atMs: SENT_MS + 200 * SECOND_MS })
  })

  test('with webhooks, begins after five minutes at the latest, however slow past ones were', () => {
    const slow = { ...queued, firstLookAfterMs: 3 * HOUR_MS }
    expect(nextDue(slow, NO_LOOKS)).toEqual({ what: 'look', atMs: SENT_MS + 5 * MINUTE_MS })
  })

  test('without webhooks, begins after five seconds', () => {
    expect(nextDue(withoutHook, NO_LOOKS)).toEqual({
      what: 'look',
      atMs: SENT_MS + 5 * SECOND_MS,
    })
  })

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
  const asked = { ...queued, cancelRequestedAtMs: NOW_MS }

  test('goes out at once', () => {
    expect(nextDue(asked, NO_LOOKS)).toEqual({ what: 'cancel', atMs: NOW_MS })
  })

  test('goes out as soon as a lost submit is adopted', () => {
    const adopted = { ...asked, cancelRequestedAtMs: SENT_MS }
    expect(nextDue(adopted, NO_LOOKS)).toEqual({ what: 'cancel', atMs: SENT_MS })
  })

  test('goes out again, later and later, while fal does not answer', () => {
    const gapsMs = [1, 2, 3, 4, 5, 6].map((cancelTries) => {
      const due = nextDue(asked, { count: 0, lastAtMs: NOW_MS, cancelTries })
      return due?.what === 'cancel' ? due.atMs - NOW_MS : due
    })
    expect(gapsMs).toEqual([1, 2, 5, 10, 30, 60].map((seconds) => seconds * SECOND_MS))
  })

  test('is asked again every minute until fal answers it', () => {
    const hooked = { ...asked, firstLookAfterMs: HOUR_MS }
    const due = nextDue(hooked, { count: 0, lastAtMs: NOW_MS, cancelTries: 70 })
    expect(due).toEqual({ what: 'cancel', atMs: NOW_MS + 60 * SECOND_MS })
  })

  test('that fal accepted is looked after 1, 2, 5, 10 and 30 s, and then as before', () => {
    const accepted = { ...asked, cancelAcceptedAtMs: NOW_MS }
    const times = lookTimes(accepted, 6).map((atMs) => (atMs - NOW_MS) / SECOND_MS)
    expect(times.slice(0, 5)).toEqual([1, 2, 5, 10, 30])
    expect(times[5]).toBeLessThanOrEqual(30 + 300)
  })

  test('never puts off a look that is due before it', () => {
    const looks = { count: 1, lastAtMs: NOW_MS, cancelTries: 6 }
    expect(nextDue(asked, looks)).toEqual({ what: 'look', atMs: NOW_MS + 30 * SECOND_MS })
  })
})
