/** API keys: how they are made, what is stored of them, and whether one is valid. */
import { ID_FORM } from '../contract/id.ts'
import type { Scope } from '../contract/key.ts'
import { readDocument } from './document.ts'

export interface KeyRecord {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly prefix: string
  /** SHA-256 in hex: the key itself is shown once and stored nowhere. */
  readonly hash: string
  readonly scopes: readonly Scope[]
  readonly dailyBudgetMicrousd: number | null
  readonly monthlyBudgetMicrousd: number | null
  readonly createdAtMs: number
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
}

/** The key id of the admin key, which no account lists or limits. */
export const ADMIN_KEY_ID = 'admin'

export const readKey = (text: string): KeyRecord => readDocument(text)

/** Limited, since a list of keys is answered in one page. */
export const MAX_KEYS = 1000

export type KeyState = 'active' | 'expired' | 'revoked'

export const keyState = (key: KeyRecord, nowMs: number): KeyState => {
  if (key.revokedAtMs !== null) return 'revoked'
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? 'expired' : 'active'
}

export const KEY_RANDOM_BYTES = 32
/** 62^43 is the first power that 256 bits fit in. */
const RANDOM_CHARS = 43
/** Enough to tell an account's keys apart, and far too few to guess one. */
const SHOWN_CHARS = 6

export interface KeyText {
  readonly accountId: string
  readonly random: string
  /** Made with the signing key. It authenticates nobody: it shows that the account may be asked. */
  readonly mac: string
}

/** Parsed from the right, where the widths are fixed: an account's name may end in `_`. */
const FORM = new RegExp(`^pika_(${ID_FORM.account})_([0-9A-Za-z]{43})_([0-9A-Za-z]{22})$`)
/** Keys made before keys named their account. They stay valid. */
const OLDER_FORM = /^pika_[0-9A-Za-z]{43}$/

export const makeRandom = (bytes: Uint8Array): string => toBase62(bytes, RANDOM_CHARS)

export const formatKey = ({ accountId, random, mac }: KeyText): string =>
  `pika_${accountId}_${random}_${mac}`

export const parseKey = (text: string): KeyText | undefined => {
  const [, accountId, random, mac] = FORM.exec(text) ?? []
  if (accountId === undefined || random === undefined || mac === undefined) return undefined
  return { accountId, random, mac }
}

export const isOlderKey = (text: string): boolean => OLDER_FORM.test(text)

export const prefixOf = ({ accountId, random }: KeyText): string =>
  `pika_${accountId}_${random.slice(0, SHOWN_CHARS)}`

/** Base 62: letters and digits only. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The bytes as one big-endian number; 43 characters hold 256 bits, 22 hold 128. */
export const toBase62 = (bytes: Uint8Array, width: number): string => {
  let rest = bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n)
  let text = ''
  while (text.length < width) {
    text = ALPHABET.charAt(Number(rest % 62n)) + text
    rest /= 62n
  }
  return text
}
