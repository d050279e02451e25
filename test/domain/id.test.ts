import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { GENERATION_ID } from '../../src/contract/id.ts'
import { earliestId, ID_RANDOM_BYTES, makeId } from '../../src/domain/id.ts'
import { NOW_MS } from './generation/example.ts'

const bytes = fc.uint8Array({ minLength: ID_RANDOM_BYTES, maxLength: ID_RANDOM_BYTES })
/** Up to the year 10889, the last that ten characters can hold. */
const times = fc.nat(2 ** 48 - 1)

test('an id is the prefix, ten characters of time and sixteen random ones', () => {
  const random = Uint8Array.from({ length: 16 }, (_, index) => index + 31)
  expect(makeId('gen', 0, random)).toBe('gen_0000000000z0123456789abcde')
  expect(makeId('gen', 1, random)).toBe('gen_0000000001z0123456789abcde')
  expect(makeId('sch', 32 ** 9, random)).toBe('sch_1000000000z0123456789abcde')
})

test('an id is recognised as a generation id, and needs no escaping in a URL', () => {
  fc.assert(
    fc.property(times, bytes, (nowMs, random) => {
      const id = makeId('gen', nowMs, random)
      expect(id).toMatch(GENERATION_ID)
      expect(encodeURIComponent(id)).toBe(id)
    }),
  )
})

test('ids sort by the time they were made', () => {
  fc.assert(
    fc.property(times, times, bytes, bytes, (first, second, some, other) => {
      fc.pre(first !== second)
      const isEarlier = makeId('gen', first, some) < makeId('gen', second, other)
      expect(isEarlier).toBe(first < second)
    }),
  )
})

test('an id sorts between the earliest ids of its millisecond and the next, and no id predates 1970', () => {
  fc.assert(
    fc.property(times, bytes, (ms, random) => {
      const id = makeId('gen', ms, random)
      expect(earliestId('gen', ms) < id).toBe(true)
      expect(id < earliestId('gen', ms + 1)).toBe(true)
    }),
  )
  expect(earliestId('gen', -1)).toBe(earliestId('gen', 0))
})

test('an id uses all 32 characters equally often', () => {
  const counts = new Map<string, number>()
  for (let byte = 0; byte < 256; byte++) {
    const char = makeId('gen', 0, new Uint8Array(16).fill(byte)).slice(-1)
    counts.set(char, (counts.get(char) ?? 0) + 1)
  }
  expect(new Set(counts.values())).toEqual(new Set([8]))
  expect(counts.size).toBe(32)
})

const VALID = makeId('gen', NOW_MS, new Uint8Array(16))

test.each([
  ['another prefix', VALID.replace('gen', 'sch')],
  ['capitals', VALID.toUpperCase()],
  ['a missing character', VALID.slice(0, -1)],
  ['an extra character', `${VALID}0`],
  ['a line break at its end', `${VALID}\n`],
  ['a path in it', `${VALID.slice(0, -3)}/..`],
  ...['i', 'l', 'o', 'u'].map((char) => [`the letter ${char}`, VALID.slice(0, -1) + char]),
])('an id with %s names no generation', (_, id) => expect(id).not.toMatch(GENERATION_ID))
