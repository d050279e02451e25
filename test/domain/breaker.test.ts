import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  answered,
  type Breaker,
  CLOSED,
  maxSending,
  probed,
  probing,
  readBreaker,
  type Signal,
  started,
} from '../../src/domain/breaker.ts'

const CLEAR: Signal = { type: 'clear' }
const UNCLEAR: Signal = { type: 'unclear' }
const away = (retryAfterMs: number | null = null): Signal => ({ type: 'unavailable', retryAfterMs })
const OPEN = answered(CLOSED, 'a', away(), 1000)
const READY = probed(OPEN, CLEAR, 2000)
const HALF_OPEN = started(READY, 'b')

test('closed, it opens at the third unclear answer in a row, and lets out at most five requests', () => {
  const once = answered(CLOSED, 'a', UNCLEAR, 0)
  const twice = answered(once, 'b', UNCLEAR, 0)
  expect([CLOSED, once, twice].map(maxSending)).toEqual([5, 4, 3])
  expect(answered(twice, 'c', CLEAR, 0)).toEqual(CLOSED)
  expect(answered(twice, 'c', UNCLEAR, 0)).toMatchObject({ state: 'open', probeAtMs: 1000 })
})

test('closed, it opens at once when fal takes nothing, for as long as fal asks, up to 15 minutes', () => {
  expect(OPEN).toEqual({
    state: 'open',
    sinceMs: 1000,
    failedProbes: 0,
    probeAtMs: 2000,
    pauseMs: 5000,
  })
  expect(maxSending(OPEN)).toBe(0)
  expect(answered(CLOSED, 'a', away(7000), 0)).toMatchObject({ probeAtMs: 7000 })
  expect(answered(CLOSED, 'a', away(3_600_000), 0)).toMatchObject({ probeAtMs: 900_000 })
})

test('open, it probes after 2, 4, 8 … seconds, and then every minute while fal is away', () => {
  let breaker = OPEN
  const gaps = Array.from({ length: 8 }, () => {
    breaker = probed(breaker, UNCLEAR, 0)
    return breaker.state === 'open' ? breaker.probeAtMs : null
  })
  expect(gaps).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

test('open, it ignores answers to earlier requests, and probes again if a probe died', () => {
  expect(answered(OPEN, 'a', CLEAR, 0)).toBe(OPEN)
  expect(answered(READY, 'a', UNCLEAR, 0)).toBe(READY)
  expect(probing(OPEN, 2000)).toMatchObject({ state: 'open', probeAtMs: 32_000 })
})

test('half open, it sends one request, whose answer alone decides', () => {
  expect([READY, HALF_OPEN].map(maxSending)).toEqual([1, 0])
  expect(answered(HALF_OPEN, 'a', CLEAR, 0)).toBe(HALF_OPEN)
  expect(answered(HALF_OPEN, 'b', CLEAR, 0)).toEqual(CLOSED)
})

test('half open, it pauses 5, 10, 20 … seconds between requests, up to a quarter of an hour', () => {
  let breaker: Breaker = HALF_OPEN
  const pauses = Array.from({ length: 10 }, () => {
    const opened = answered(breaker, 'b', UNCLEAR, 0)
    breaker = started(probed(opened, CLEAR, 0), 'b')
    return opened.state === 'open' ? opened.probeAtMs / 1000 : null
  })
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
})

test('leaves at most five requests unclear, and one more for each test of fal', () => {
  const signal = fc.constantFrom<Signal>(CLEAR, UNCLEAR, away())
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), signal), { maxLength: 200 }), (steps) => {
      let breaker: Breaker = CLOSED
      let [unclear, tests, made, nowMs] = [0, 0, 0, 0]
      const underway: string[] = []
      for (const [what, said] of steps) {
        nowMs += 1000
        const room = breaker.state === 'ready' ? 1 : maxSending(breaker) - underway.length
        if (what === 0 && room > 0) {
          const id = `gen_${++made}`
          const before: Breaker['state'] = breaker.state
          breaker = started(breaker, id)
          if (before === 'ready') tests++
          underway.push(id)
        } else if (what === 1 && breaker.state === 'open') {
          breaker = probed(breaker, said, nowMs)
        } else if (what === 2) {
          const id = underway.shift()
          if (id === undefined) continue
          // In an outage, no request proves anything.
          unclear++
          breaker = answered(breaker, id, UNCLEAR, nowMs)
        }
      }
      expect(unclear + underway.length).toBeLessThanOrEqual(5 + tests)
    }),
  )
})

test('is closed if nothing is stored', () => {
  expect(readBreaker(undefined)).toEqual(CLOSED)
  expect(readBreaker(JSON.stringify(HALF_OPEN))).toEqual(HALF_OPEN)
})
