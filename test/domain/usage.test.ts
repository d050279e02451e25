import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { COST_STATES, STATUSES } from '../../src/contract/status.ts'
import { sumUsage, type UsageRow } from '../../src/domain/usage.ts'

const ROW: UsageRow = {
  day: '2026-10-23',
  keyId: 'key_1',
  scheduleId: null,
  status: 'completed',
  costState: 'charged',
  generations: 2,
  estimatedMicrousd: 400_000,
  chargedMicrousd: 300_000,
}
const NONE = { generations: 0, charged_usd: 0, reserved_usd: 0, unknown_usd: 0, released_usd: 0 }

test('no rows add up to zero, and each amount counts under the state of its cost', () => {
  const groups = { by_day: [], by_key: [], by_schedule: [], by_status: [] }
  expect(sumUsage([])).toEqual({ total: NONE, ...groups })
  const rows: UsageRow[] = [
    ROW,
    { ...ROW, day: '2026-10-24', status: 'queued', costState: 'reserved', chargedMicrousd: 0 },
    { ...ROW, keyId: 'key_2', status: 'failed', costState: 'unknown', chargedMicrousd: 0 },
    { ...ROW, scheduleId: 'sch_1', status: 'failed', costState: 'released', chargedMicrousd: 0 },
  ]
  const usage = sumUsage(rows)
  const total = { charged_usd: 0.3, reserved_usd: 0.4, unknown_usd: 0.4, released_usd: 0.4 }
  const queued = { ...NONE, status: 'queued', generations: 2, reserved_usd: 0.4 }
  expect(usage.total).toEqual({ generations: 8, ...total })
  expect(usage).toMatchObject({
    by_day: [
      { day: '2026-10-23', generations: 6 },
      { day: '2026-10-24', generations: 2 },
    ],
    by_key: [
      { key_id: 'key_1', unknown_usd: 0 },
      { key_id: 'key_2', unknown_usd: 0.4 },
    ],
    by_schedule: [{ schedule_id: null }, { schedule_id: 'sch_1' }],
    by_status: expect.arrayContaining([queued]),
  })
})

const amount = fc.nat(1_000_000_000)
const row = fc.record<UsageRow>({
  day: fc.constantFrom('2026-10-23', '2026-10-24'),
  keyId: fc.constantFrom('key_1', 'key_2', '__proto__'),
  scheduleId: fc.constantFrom(null, 'sch_1'),
  status: fc.constantFrom(...STATUSES),
  costState: fc.constantFrom(...COST_STATES),
  generations: fc.nat(1000),
  estimatedMicrousd: amount,
  chargedMicrousd: amount,
})

test('every grouping adds up to the total, to the micro-dollar', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      const { total, ...groups } = sumUsage(rows)
      for (const group of Object.values(groups)) {
        for (const name of ['generations', 'charged_usd', 'reserved_usd', 'unknown_usd'] as const) {
          const micro = group.reduce((sum, sums) => sum + Math.round(sums[name] * 1e6), 0)
          expect(micro).toBe(Math.round(total[name] * 1e6))
        }
      }
    }),
  )
})
