import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MICROUSD_PER_USD, toMicrousd, toUsd } from '../../src/contract/price.ts'
import { amountsOf, exceeds, firstExceeded, leftMicrousd } from '../../src/domain/budget.ts'
import type { Limit } from '../../src/domain/budget.ts'
import type { Cost } from '../../src/domain/generation/generation.ts'

const LIMIT: Limit = {
  name: 'account_daily',
  of: null,
  limitMicrousd: 10_000_000,
  spentMicrousd: 9_800_000,
  resetsAtMs: 1000,
}

test('a limit is reached to the last micro-dollar, and not passed by one', () => {
  expect(exceeds(LIMIT, 200_000)).toBe(false)
  expect(exceeds(LIMIT, 200_001)).toBe(true)
  expect(exceeds({ ...LIMIT, limitMicrousd: 0, spentMicrousd: 0 }, 1)).toBe(true)
  expect(exceeds({ ...LIMIT, limitMicrousd: 0, spentMicrousd: 0 }, 0)).toBe(false)
})

test('what is left is never less than nothing', () => {
  expect(leftMicrousd(LIMIT)).toBe(200_000)
  expect(leftMicrousd({ ...LIMIT, limitMicrousd: 1 })).toBe(0)
})

test('of the limits in the way, the one that resets last is named', () => {
  const monthly = { ...LIMIT, name: 'account_monthly', resetsAtMs: 3000 }
  const key = { ...LIMIT, name: 'key_daily', resetsAtMs: 2000 }
  expect(firstExceeded([LIMIT, monthly, key], 200_001)).toBe(monthly)
  expect(firstExceeded([LIMIT, { ...monthly, spentMicrousd: 0 }, key], 200_001)).toBe(key)
  expect(firstExceeded([LIMIT, monthly, key], 200_000)).toBeUndefined()
  expect(firstExceeded([], 1e12)).toBeUndefined()
})

const COST: Cost = {
  estimatedMicrousd: 200_000,
  chargedMicrousd: null,
  state: 'reserved',
  basis: 'price_table',
}

test.each([
  [COST, { charged: 0, reserved: 200_000, unknown: 0 }],
  [
    { ...COST, state: 'unknown' as const },
    { charged: 0, reserved: 0, unknown: 200_000 },
  ],
  [
    { ...COST, state: 'charged' as const, chargedMicrousd: 150_000 },
    { charged: 150_000, reserved: 0, unknown: 0 },
  ],
  [
    { ...COST, state: 'charged' as const, chargedMicrousd: 0 },
    { charged: 0, reserved: 0, unknown: 0 },
  ],
  [
    { ...COST, state: 'released' as const, chargedMicrousd: 0 },
    { charged: 0, reserved: 0, unknown: 0 },
  ],
])('what $state holds of a budget', (cost, amounts) => {
  expect(amountsOf({ cost, others: [] })).toEqual(amounts)
})

test('dollars come back as they went in, to the micro-dollar', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 * MICROUSD_PER_USD }), (microusd) => {
      expect(toMicrousd(toUsd(microusd))).toBe(microusd)
      expect(Number(String(toUsd(microusd)))).toBe(toUsd(microusd))
    }),
    { numRuns: 2000 },
  )
  expect(toMicrousd(0.1) + toMicrousd(0.2)).toBe(toMicrousd(0.3))
  expect(toMicrousd(0.000_000_4)).toBe(0)
})
