import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { toMicrousd, toUsd } from '../../src/contract/units.ts'

test.each([
  [0, 0],
  [0.2, 200_000],
  [0.45, 450_000],
  [0.1 + 0.2, 300_000],
  [0.000_000_6, 1],
  [0.000_000_4, 0],
])('%d dollars are %i micro-dollars', (usd, microusd) => expect(toMicrousd(usd)).toBe(microusd))

test('micro-dollars survive the way to dollars and back, also as text', () => {
  fc.assert(
    fc.property(fc.nat(10 ** 12), (microusd) => {
      expect(toMicrousd(toUsd(microusd))).toBe(microusd)
      expect(Number(String(toUsd(microusd)))).toBe(toUsd(microusd))
    }),
    { numRuns: 2000 },
  )
})
