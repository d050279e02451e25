/** Ids that sort by their creation time and need no escaping in a URL. */

/** Crockford's base 32, in lower case: no two characters look alike. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TIME_CHARS = 10
export const ID_RANDOM_BYTES = 16

/**
 * `<prefix>_`, ten characters of time and sixteen random ones, as in a ULID.
 *
 * @param random at least {@link ID_RANDOM_BYTES} random bytes
 * @see https://github.com/ulid/spec
 */
export const makeId = (prefix: string, nowMs: number, random: Uint8Array): string => {
  const chance = random.subarray(0, ID_RANDOM_BYTES)
  return chance.reduce((id, byte) => id + ALPHABET.charAt(byte % 32), earliestId(prefix, nowMs))
}

/** Sorts after every id made before `ms`, and before all others. It is no id itself. */
export const earliestId = (prefix: string, ms: number): string => {
  let time = ''
  for (let rest = Math.max(0, ms); time.length < TIME_CHARS; rest = Math.floor(rest / 32)) {
    time = ALPHABET.charAt(rest % 32) + time
  }
  return `${prefix}_${time}`
}
