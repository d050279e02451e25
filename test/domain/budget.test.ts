import { expect, test } from 'vitest'
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

test('a limit allows its last micro-dollar and not one more, and what is left is never negative', () => {
  expect(exceeds(LIMIT, 200_000)).toBe(false)
  expect(exceeds(LIMIT, 200_001)).toBe(true)
  expect(exceeds({ ...LIMIT, limitMicrousd: 0, spentMicrousd: 0 }, 1)).toBe(true)
  expect(exceeds({ ...LIMIT, limitMicrousd: 0, spentMicrousd: 0 }, 0)).toBe(false)
  expect(leftMicrousd(LIMIT)).toBe(200_000)
  expect(leftMicrousd({ ...LIMIT, limitMicrousd: 1 })).toBe(0)
})

test('names the exceeded limit that resets last', () => {
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

test.each<[Partial<Cost>, Partial<ReturnType<typeof amountsOf>>]>([
  [{}, { reserved: 200_000 }],
  [{ state: 'unknown' }, { unknown: 200_000 }],
  [{ state: 'charged', chargedMicrousd: 150_000 }, { charged: 150_000 }],
  [{ state: 'charged', chargedMicrousd: 0 }, {}],
  [{ state: 'released', chargedMicrousd: 0 }, {}],
])('a cost of %j takes %j from a budget', (cost, amounts) => {
  const nothing = { charged: 0, reserved: 0, unknown: 0 }
  expect(amountsOf({ cost: { ...COST, ...cost }, others: [] })).toEqual({ ...nothing, ...amounts })
})
