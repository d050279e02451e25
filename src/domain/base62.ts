/** Base 62: bytes as letters and digits only, always with the same number of characters. */

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
