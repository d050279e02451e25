import { expect, test } from 'vitest'
import {
  type Attempt,
  backoffMs,
  type DeliveryRecord,
  readRetryAfterMs,
  settleDelivery,
} from '../../../src/domain/webhook/delivery.ts'

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')
const HOUR_MS = 3_600_000

const DELIVERY: DeliveryRecord = {
  id: 'msg_1',
  type: 'generation.completed',
  generationId: 'gen_1',
  url: 'https://example.com/hook',
  state: 'pending',
  attempts: [],
  tries: 0,
  triedSinceMs: NOW_MS,
  createdAtMs: NOW_MS,
}

const attempt = (status: number | null): Attempt => ({
  atMs: NOW_MS,
  tookMs: 0,
  status,
  error: status === null ? 'timed_out' : null,
  body: '',
})

test.each([
  [200, 'delivered', 'alive', null],
  [204, 'delivered', 'alive', null],
  [301, 'pending', 'failing', 5],
  [307, 'pending', 'failing', 5],
  [400, 'pending', 'failing', 5],
  [404, 'pending', 'failing', 5],
  [429, 'pending', 'failing', 5],
  [500, 'pending', 'failing', 5],
  [null, 'pending', 'failing', 5],
  [410, 'failed', 'gone', null],
] as const)('after %s, the delivery is %s, its endpoint %s', (status, state, health, seconds) => {
  const settled = settleDelivery(DELIVERY, attempt(status), null, 0.5)
  const dueMs = seconds === null ? null : NOW_MS + seconds * 1000
  expect(settled).toMatchObject({ delivery: { state, tries: 1 }, health, dueMs })
  expect(settled.delivery.attempts).toHaveLength(1)
})

test.each([
  ['shorter than the pause is ignored', 2000, 5000],
  ['longer than the pause is honoured', 600_000, 600_000],
  ['of days is cut to half a day', 72 * HOUR_MS, 12 * HOUR_MS],
])('a Retry-After %s', (_what, askedMs, waitMs) => {
  const { dueMs } = settleDelivery(DELIVERY, attempt(503), askedMs, 0.5)
  expect(dueMs).toBe(NOW_MS + waitMs)
})

test('gives up after the ninth failure, or after twenty-six hours', () => {
  const given = (changes: Partial<DeliveryRecord>) =>
    settleDelivery({ ...DELIVERY, ...changes }, attempt(500), null, 0.5).health
  expect([7, 8].map((tries) => given({ tries }))).toEqual(['failing', 'given_up'])
  const late = NOW_MS - 26 * HOUR_MS
  const lasts = [late + 1, late].map((triedSinceMs) => given({ triedSinceMs }))
  expect(lasts).toEqual(['failing', 'given_up'])
})

test('pauses grow, with jitter, and add up to about a day', () => {
  const pauses = (chance: number) => {
    const all: number[] = []
    for (let tries = 1; ; tries++) {
      const ms = backoffMs(tries, chance)
      if (ms === undefined) return all
      all.push(ms)
    }
  }
  expect(pauses(0.5)).toEqual(pauses(0.5).toSorted((a, b) => a - b))
  const hours = [0, 0.5, 1].map((chance) => pauses(chance).reduce((sum, ms) => sum + ms) / HOUR_MS)
  expect(hours.map(Math.round)).toEqual([20, 23, 25])
})

test.each([
  ['120', 120_000],
  ['0', 0],
  ['Sat, 28 Nov 2026 12:01:00 GMT', 60_000],
  ['Sat, 28 Nov 2026 11:00:00 GMT', null],
  ['-1', null],
  ['soon', null],
  [null, null],
])('reads Retry-After: %s', (text, ms) => expect(readRetryAfterMs(text, NOW_MS)).toBe(ms))
