import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_PRICES, toMicrousd, toUsd } from '../../src/contract/price.ts'

test('prices are those that fal publishes, and twice as much for twice as long', () => {
  expect(DEFAULT_PRICES).toEqual({
    '720p': { 5: 200_000, 10: 400_000 },
    '1080p': { 5: 450_000, 10: 900_000 },
  })
})

test.each([
  [0, 0],
  [0.2, 200_000],
  [0.45, 450_000],
  [0.1 + 0.2, 300_000],
  [0.000_000_6, 1],
])('%d dollars are %i micro-dollars', (usd, microusd) => {
  expect(toMicrousd(usd)).toBe(microusd)
})

test('micro-dollars as dollars and back are what they were', () => {
  const amounts = fc.nat(10 ** 12)
  const run = fc.check(fc.property(amounts, (amount) => toMicrousd(toUsd(amount)) === amount))
  expect(run.counterexample).toBeNull()
})
