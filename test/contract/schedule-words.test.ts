import { expect, test } from 'vitest'
import { cronWords } from '../../src/contract/words.ts'

test.each([
  ['0 9 * * 1-5', 'At 09:00, Monday to Friday'],
  ['30 7,19 * jan,6 MON', 'At 07:30 and 19:30, Monday, January and June'],
  ['0 9 1,15 * *', 'At 09:00, on day 1 and 15 of the month'],
  ['*/15 * * * *', 'Every 15 minutes'],
  ['5 */2 * * 7', 'Every 2 hours at :05, Sunday'],
  ['@daily', 'At 00:00, every day'],
  // Rare or not clear: the next times explain it.
  ['0 9 L * *', undefined],
  ['0 9 1 * 1', undefined],
  ['0 9 * *', undefined],
])('%s is %s', (cron, words) => expect(cronWords(cron)).toBe(words))
