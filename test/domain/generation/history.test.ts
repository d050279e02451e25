import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  findRequest,
  isSought,
  nextSearchMs,
  type PastRequest,
} from '../../../src/domain/generation/history.ts'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import { EXAMPLES, MINUTE_MS, SECOND_MS, SENT_MS } from './example.ts'

const lost: GenerationRecord = {
  ...EXAMPLES.unconfirmed,
  seedSource: 'generated',
  input: { ...EXAMPLES.unconfirmed.input, seed: 1_234_567 },
}

/** Its own request, as fal's history may list it: in another order, and with fields filled in. */
const own: PastRequest = {
  requestId: 'req-own',
  sentAtMs: SENT_MS + 40,
  input: {
    enable_safety_checker: true,
    negative_prompt: 'ugly, bad, terrible',
    ...Object.fromEntries(Object.entries(lost.input).toReversed()),
  },
  end: null,
  isMade: false,
}

const find = (past: readonly PastRequest[], all = [lost], owners = new Map<string, string>()) =>
  findRequest(lost, past, all, owners)?.requestId

describe('a request of the history is its own', () => {
  test('if all that was sent is equal, whatever fal has filled in', () => {
    expect(find([{ ...own, requestId: 'other', input: { prompt: 'Else' } }, own])).toBe('req-own')
  })

  test.each(Object.keys(lost.input))('not if its %s is another', (name) => {
    expect(find([{ ...own, input: { ...lost.input, [name]: 'another' } }])).toBeUndefined()
    expect(find([{ ...own, input: { ...lost.input, [name]: undefined } }])).toBeUndefined()
  })

  test.each([
    ['a minute early', -MINUTE_MS, true],
    ['earlier than that', -MINUTE_MS - 1, false],
    ['a minute after its time-out', 2 * MINUTE_MS, true],
    ['later than that', 2 * MINUTE_MS + 1, false],
  ])('sent %s: %s ms, %s', (_, afterMs, isOwn) => {
    expect(find([{ ...own, sentAtMs: SENT_MS + afterMs }]) === 'req-own').toBe(isOwn)
  })

  test.each([undefined, null, 'a text', 7, []])('not with an input of %j', (input) => {
    expect(find([{ ...own, input }])).toBeUndefined()
  })

  test('not if there is a second one', () => {
    expect(find([own, { ...own, requestId: 'req-2' }])).toBeUndefined()
  })

  test('not if another generation has it, but then the second one is', () => {
    const owners = new Map([['req-own', 'gen_other']])
    expect(find([own], [lost], owners)).toBeUndefined()
    expect(find([own, { ...own, requestId: 'req-2' }], [lost], owners)).toBe('req-2')
    expect(find([own], [lost], new Map([['req-own', lost.id]]))).toBe('req-own')
  })

  test('not if it fits another generation too whose request is not known', () => {
    expect(find([own], [lost, { ...lost, id: 'gen_twin' }])).toBeUndefined()
    const unlike = { ...lost, id: 'gen_other', input: { ...lost.input, seed: 7 } }
    expect(find([own], [lost, unlike])).toBe('req-own')
  })

  test('whatever strangers sent, unless it is the same', () => {
    const stranger = fc.record({
      requestId: fc.constantFrom('a', 'b', 'c'),
      sentAtMs: fc.integer({ min: SENT_MS - 5 * MINUTE_MS, max: SENT_MS + 5 * MINUTE_MS }),
      input: fc.oneof(
        fc.record({ ...constants(lost.input), seed: fc.constantFrom(1_234_567, 0, 1, '1234567') }),
        fc.record({ ...constants(lost.input) }, { requiredKeys: [] }),
        fc.anything(),
      ),
      end: fc.constant(null),
      isMade: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(stranger), (past) => {
        const found = findRequest(lost, past, [lost], new Map())
        if (found === undefined) return
        expect(found.input).toMatchObject(lost.input)
        expect(past.filter(({ input }) => isSame(input)).length).toBeGreaterThan(0)
      }),
    )
  })
})

const constants = (input: object) =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, fc.constant(value)]))

const isSame = (input: unknown): boolean =>
  Object.entries(lost.input).every(([name, value]) => Reflect.get(Object(input), name) === value)

test('only what was sent and has no request id is looked for', () => {
  const sought = Object.entries(EXAMPLES).flatMap(([name, each]) => (isSought(each) ? [name] : []))
  expect(sought).toEqual(['unconfirmed', 'failed_by_the_clock', 'unproven', 'resolved_by_a_person'])
})

test('it is looked for after 5, 15, 60 s, 5, 15 min, then every half an hour until its deadline', () => {
  const startMs = SENT_MS + SECOND_MS
  const deadlineMs = SENT_MS + 6 * 60 * MINUTE_MS
  const looks: number[] = []
  let nowMs = startMs
  for (let count = 0; nowMs < deadlineMs; count++) {
    nowMs = nextSearchMs(lost, startMs, count, nowMs)
    looks.push((nowMs - startMs) / SECOND_MS)
  }
  expect(looks.slice(0, 7)).toEqual([5, 15, 60, 300, 900, 2700, 4500])
})
