import { expect, test } from 'vitest'
import { costWords, cronWords, duration, usd } from '../../src/contract/words.ts'

test.each([
  [0, '$0.00'],
  [0.2, '$0.20'],
  [12.5, '$12.50'],
  [0.000_001, '$0.000001'],
  [0.125, '$0.125'],
])('%d dollars read %s', (amount, words) => expect(usd(amount)).toBe(words))

test.each([
  [-5, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min 00 s'],
  [3_599_000, '59 min 59 s'],
  [11_400_000, '3 h 10 min'],
])('%d ms read %s', (ms, words) => expect(duration(ms)).toBe(words))

test.each([
  [{ state: 'reserved', charged_usd: null }, '$0.20 reserved'],
  [{ state: 'charged', charged_usd: 0.45 }, '$0.45 charged'],
  [{ state: 'charged', charged_usd: 0 }, '$0.00 charged'],
  [{ state: 'released', charged_usd: null }, 'nothing charged'],
  [{ state: 'unknown', charged_usd: null }, 'may have cost $0.20'],
] as const)('a cost of %j reads %s', (cost, words) => {
  expect(costWords({ cost: { estimated_usd: 0.2, basis: 'price_table', ...cost } })).toBe(words)
})

test.each([
  ['0 9 * * 1-5', 'At 09:00, Monday to Friday'],
  ['30 7,19 * jan,6 MON', 'At 07:30 and 19:30, Monday, January and June'],
  ['0 9 1,15 * *', 'At 09:00, on day 1 and 15 of the month'],
  ['*/15 * * * *', 'Every 15 minutes'],
  ['5 */2 * * 7', 'Every 2 hours at :05, Sunday'],
  ['@daily', 'At 00:00, every day'],
  // Rare or unclear: the next times explain it.
  ['0 9 L * *', undefined],
  ['0 9 1 * 1', undefined],
  ['0 9 * *', undefined],
])('%s reads %s', (cron, words) => expect(cronWords(cron)).toBe(words))
