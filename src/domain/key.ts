/** API keys: how they are made, what is kept of them, and whether one still counts. */
import type { Scope } from '../contract/scope.ts'

export interface KeyRecord {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly prefix: string
  /** SHA-256 in hex: the key itself is shown once and kept nowhere. */
  readonly hash: string
  readonly scopes: readonly Scope[]
  readonly dailyBudgetMicrousd: number | null
  readonly monthlyBudgetMicrousd: number | null
  readonly createdAtMs: number
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
}

export type KeyState = 'active' | 'expired' | 'revoked'

export const keyState = (key: KeyRecord, nowMs: number): KeyState => {
  if (key.revokedAtMs !== null) return 'revoked'
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? 'expired' : 'active'
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const KEY_RANDOM_BYTES = 32
/** 62^43 is the first power that 256 bits fit in. */
const KEY_CHARS = 43

/** `pika_` and 32 random bytes in base 62. */
export const makeKey = (random: Uint8Array): string => {
  let rest = random.reduce((number, byte) => number * 256n + BigInt(byte), 0n)
  let text = ''
  while (text.length < KEY_CHARS) {
    text = ALPHABET.charAt(Number(rest % 62n)) + text
    rest /= 62n
  }
  return `pika_${text}`
}

export const KEY_FORM = /^pika_[0-9A-Za-z]{43}$/
/** Enough to tell keys apart by, and far too little to guess one from. */
export const prefixOf = (key: string): string => key.slice(0, 12)
