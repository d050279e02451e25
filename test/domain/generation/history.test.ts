import * as fc from 'fast-check'
import { expect, test } from 'vitest'
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

/** Its own request, as fal's history may list it: reordered, and with defaults filled in. */
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

/** The past request that belongs to the first generation. */
const find = (past: readonly PastRequest[], all = [lost], owners = new Map<string, string>()) =>
  findRequest(all[0] ?? lost, past, all, owners)?.requestId

test('a past request matches if it alone has all that was sent, whatever fal filled in', () => {
  expect(find([{ ...own, requestId: 'other', input: { prompt: 'Else' } }, own])).toBe('req-own')
  expect(find([own, { ...own, requestId: 'req-2' }])).toBeUndefined()
})

test.each(Object.keys(lost.input))('a past request with another %s does not match', (name) => {
  expect(find([{ ...own, input: { ...lost.input, [name]: 'another' } }])).toBeUndefined()
  expect(find([{ ...own, input: { ...lost.input, [name]: undefined } }])).toBeUndefined()
})

test.each([
  ['a minute early', -MINUTE_MS, true],
  ['even earlier', -MINUTE_MS - 1, false],
  ['a minute after the timeout', 2 * MINUTE_MS, true],
  ['even later', 2 * MINUTE_MS + 1, false],
])('a past request sent %s (%s ms) matches: %s', (_, afterMs, isOwn) => {
  expect(find([{ ...own, sentAtMs: SENT_MS + afterMs }]) === 'req-own').toBe(isOwn)
})

test('if a backup lacks the sending time, a past request from any time since creation matches', () => {
  const sentAtMs = SENT_MS + 30 * MINUTE_MS
  const restored = { ...lost, sentFromMs: SENT_MS, sentAtMs }
  for (const atMs of [SENT_MS, sentAtMs]) {
    expect(find([{ ...own, sentAtMs: atMs }], [restored])).toBe('req-own')
  }
})

test.each([undefined, null, 'a text', 7, [[]]])(
  'a past request with the input %j does not match',
  (input) => expect(find([{ ...own, input }])).toBeUndefined(),
)

test('a past request that another generation has, or may have, does not match, and the next one does', () => {
  const owners = new Map([['req-own', 'gen_other']])
  expect(find([own], [lost], owners)).toBeUndefined()
  expect(find([own, { ...own, requestId: 'req-2' }], [lost], owners)).toBe('req-2')
  expect(find([own], [lost], new Map([['req-own', lost.id]]))).toBe('req-own')
  expect(find([own], [lost, { ...lost, id: 'gen_twin' }])).toBeUndefined()
  const unlike = { ...lost, id: 'gen_other', input: { ...lost.input, seed: 7 } }
  expect(find([own], [lost, unlike])).toBe('req-own')
})

/** Jobs in one fal account, our two accounts' and strangers', and how its history lists them. */
const world = fc
  .record({
    // There are few seeds, so other ones often collide; generated ones never do.
    mine: fc.uniqueArray(fc.record({ seed: fc.nat(6), sentMs: fc.nat(90_000) }), {
      minLength: 1,
      selector: ({ seed }) => seed,
    }),
    other: fc.array(fc.record({ seed: fc.integer({ min: 7, max: 9 }), sentMs: fc.nat(90_000) })),
    strangers: fc.array(fc.record({ seed: fc.nat(99), sentMs: fc.integer({ min: -MINUTE_MS }) })),
    isListed: fc.func(fc.boolean()),
    isKnown: fc.func(fc.boolean()),
    isFilledIn: fc.boolean(),
    isTwice: fc.boolean(),
  })
  .map(({ mine, other, strangers, isListed, isKnown, isFilledIn, isTwice }) => {
    const jobs = [...mine, ...other, ...strangers].map(({ seed, sentMs }, i) => {
      const isOurs = i < mine.length + other.length
      const input = { ...lost.input, seed: isOurs ? seed : seed + 100 }
      return { requestId: `req-${i}`, generationId: isOurs ? `gen_${i}` : null, input, sentMs }
    })
    const listed = jobs
      .filter(({ requestId }) => isListed(requestId))
      .map((job) => ({
        requestId: job.requestId,
        sentAtMs: SENT_MS + job.sentMs,
        input: isFilledIn ? { negative_prompt: 'ugly', ...job.input } : job.input,
        end: null,
        isMade: false,
      }))
    const known = jobs.filter(({ generationId, requestId }) => generationId && isKnown(requestId))
    const owners = new Map(known.map((job) => [job.requestId, job.generationId ?? '']))
    const sought = jobs
      .filter(({ generationId, requestId }) => generationId !== null && !owners.has(requestId))
      .map(({ requestId, generationId, input, sentMs }) => {
        const ours = { id: generationId ?? '', input, sentAtMs: SENT_MS + sentMs }
        return { requestId, record: { ...lost, ...ours }, isGenerated: input.seed < 7 }
      })
    return { past: isTwice ? [...listed, ...listed.slice(0, 1)] : listed, owners, sought }
  })

test('with a seed that nobody else sent, a search finds its own request or nothing', () => {
  let found = 0
  fc.assert(
    fc.property(world, ({ past, owners, sought }) => {
      const records = sought.map((one) => one.record)
      for (const { requestId, record } of sought.filter((one) => one.isGenerated)) {
        const match = findRequest(record, past, records, owners)
        expect([requestId, undefined]).toContain(match?.requestId)
        if (match !== undefined) found++
      }
    }),
    { numRuns: 500 },
  )
  expect(found).toBeGreaterThan(100)
})

test('only a generation that was sent and has no request id is searched for', () => {
  const sought = Object.entries(EXAMPLES).flatMap(([name, each]) => (isSought(each) ? [name] : []))
  expect(sought).toEqual(['unconfirmed', 'failed_by_the_clock', 'unproven', 'resolved_by_a_person'])
})

test('searches come after 5, 15 and 60 s, 5 and 15 min, then every half hour until the deadline', () => {
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
