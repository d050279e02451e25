import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatKey,
  isOlderKey,
  KEY_RANDOM_BYTES,
  keyState,
  makeRandom,
  parseKey,
  prefixOf,
} from '../../src/domain/key.ts'
import { KEY as RECORD } from './key-example.ts'
const NOW_MS = 1_000_000

test('a key is active until it expires or is revoked, whichever comes first', () => {
  expect(keyState(RECORD, NOW_MS)).toBe('active')
  expect(keyState({ ...RECORD, expiresAtMs: NOW_MS + 1 }, NOW_MS)).toBe('active')
  expect(keyState({ ...RECORD, expiresAtMs: NOW_MS }, NOW_MS)).toBe('expired')
  expect(keyState({ ...RECORD, revokedAtMs: 0 }, NOW_MS)).toBe('revoked')
  expect(keyState({ ...RECORD, revokedAtMs: 0, expiresAtMs: 1 }, NOW_MS)).toBe('revoked')
  expect(keyState({ ...RECORD, expiresAtMs: 0 }, NOW_MS)).toBe('expired')
})

test('a key holds all of its 32 random bytes, in 43 characters that need no escaping', () => {
  const read = (random: string) =>
    Array.from(random).reduce((number, char) => {
      const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
      return number * 62n + BigInt(digits.indexOf(char))
    }, 0n)
  const bytes = fc.uint8Array({ minLength: KEY_RANDOM_BYTES, maxLength: KEY_RANDOM_BYTES })
  const check = (given: Uint8Array) => {
    expect(makeRandom(given)).toMatch(/^[0-9A-Za-z]{43}$/)
    expect(read(makeRandom(given))).toBe(BigInt(`0x${Buffer.from(given).toString('hex')}`))
  }
  fc.assert(fc.property(bytes, check))
  for (const byte of [0, 1, 255]) check(new Uint8Array(KEY_RANDOM_BYTES).fill(byte))
  check(new Uint8Array(KEY_RANDOM_BYTES).fill(1, KEY_RANDOM_BYTES - 1))
})

const KEY = { accountId: 'a_b-c_', random: 'r1R'.padEnd(43, '0'), mac: 'm'.padStart(22, '0') }
const TEXT = formatKey(KEY)

test.each(['a_b-c_', '0', 'pika_', `a_${'0'.repeat(43)}_`, 'a'.repeat(63)])(
  'a key for the account %s is read as it was written',
  (accountId) => expect(parseKey(formatKey({ ...KEY, accountId }))).toEqual({ ...KEY, accountId }),
)

test("a list shows a key's account and six of its random characters", () => {
  expect(prefixOf(KEY)).toBe('pika_a_b-c__r1R000')
  expect(TEXT.startsWith(prefixOf(KEY))).toBe(true)
})

test.each([
  '',
  'pika_',
  ` ${TEXT}`,
  `${TEXT}\n`,
  `${TEXT}0`,
  TEXT.slice(0, -1),
  TEXT.slice(1),
  TEXT.replace('a_b', 'A_b'),
  TEXT.replace('a_b', '_b'),
  TEXT.replace('a_b', '../b'),
  TEXT.replace('r1R', 'r_R'),
  formatKey({ ...KEY, accountId: '' }),
  formatKey({ ...KEY, accountId: 'a'.repeat(64) }),
  `pika_${'x'.repeat(43)}`,
])('%j is not a key that names its account', (text) => {
  expect(parseKey(text)).toBeUndefined()
})

test('recognises an older key, which does not name its account', () => {
  expect(isOlderKey(`pika_${'x'.repeat(43)}`)).toBe(true)
  for (const text of [TEXT, `pika_${'x'.repeat(42)}`, `pika_${'x'.repeat(44)}`]) {
    expect(isOlderKey(text)).toBe(false)
  }
})
