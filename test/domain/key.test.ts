import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEY_FORM, KEY_RANDOM_BYTES, keyState, makeKey, prefixOf } from '../../src/domain/key.ts'
import type { KeyRecord } from '../../src/domain/key.ts'

const RECORD: KeyRecord = {
  id: 'key_1',
  accountId: 'studio',
  name: 'a test',
  prefix: 'pika_0000000',
  hash: '00',
  scopes: ['generations:read'],
  dailyBudgetMicrousd: null,
  monthlyBudgetMicrousd: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
}
const NOW_MS = 1_000_000

test('a key counts until it expires or is revoked, whichever comes first', () => {
  expect(keyState(RECORD, NOW_MS)).toBe('active')
  expect(keyState({ ...RECORD, expiresAtMs: NOW_MS + 1 }, NOW_MS)).toBe('active')
  expect(keyState({ ...RECORD, expiresAtMs: NOW_MS }, NOW_MS)).toBe('expired')
  expect(keyState({ ...RECORD, revokedAtMs: 0 }, NOW_MS)).toBe('revoked')
  expect(keyState({ ...RECORD, revokedAtMs: 0, expiresAtMs: 1 }, NOW_MS)).toBe('revoked')
  expect(keyState({ ...RECORD, expiresAtMs: 0 }, NOW_MS)).toBe('expired')
})

test('a key holds all of its 32 bytes, in characters that need no escaping', () => {
  const read = (key: string) =>
    Array.from(key.slice('pika_'.length)).reduce((number, char) => {
      const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
      return number * 62n + BigInt(digits.indexOf(char))
    }, 0n)
  const bytes = fc.uint8Array({ minLength: KEY_RANDOM_BYTES, maxLength: KEY_RANDOM_BYTES })
  fc.assert(
    fc.property(bytes, (random) => {
      const key = makeKey(random)
      expect(key).toMatch(KEY_FORM)
      expect(read(key)).toBe(BigInt(`0x${Buffer.from(random).toString('hex')}`))
      expect(key.startsWith(prefixOf(key))).toBe(true)
    }),
  )
  for (const byte of [0, 255]) expect(makeKey(new Uint8Array(32).fill(byte))).toMatch(KEY_FORM)
  expect(prefixOf(makeKey(randomBytes(KEY_RANDOM_BYTES)))).toHaveLength(12)
})
