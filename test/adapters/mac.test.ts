import { expect, onTestFinished, test, vi } from 'vitest'
import { createMacs, sameText } from '../../src/adapters/mac.ts'

const KEY = 'signing-key'
const macs = createMacs(KEY)
const MAC = await macs.sign('callback', 'studio', 'gen_1')

test('a code is 22 characters that need no escaping in a URL, and always the same', async () => {
  expect(MAC).toMatch(/^[\w-]{22}$/)
  expect(await createMacs(KEY).sign('callback', 'studio', 'gen_1')).toBe(MAC)
  expect(await macs.verify('callback', 'studio', 'gen_1', MAC)).toBe(true)
})

test.each([
  ['another purpose', 'client_secret', 'studio', 'gen_1'],
  ['another account', 'callback', 'studio2', 'gen_1'],
  ['another message', 'callback', 'studio', 'gen_2'],
  ['an account and message split elsewhere', 'callback', 'studiog', 'en_1'],
  ['an empty message', 'callback', 'studio', ''],
] as const)('a code is not valid for %s', async (_, purpose, account, message) => {
  expect(await macs.verify(purpose, account, message, MAC)).toBe(false)
  expect(await macs.sign(purpose, account, message)).not.toBe(MAC)
})

test.each([
  ['nothing', ''],
  ['a shortened code', MAC.slice(0, -1)],
  ['a lengthened code', `${MAC}A`],
  ['the code twice', MAC + MAC],
  ['the code with padding', `${MAC}==`],
  ['the code with a space', `${MAC} `],
  ['one changed character', (MAC.startsWith('A') ? 'B' : 'A') + MAC.slice(1)],
  ['another case', MAC.toLowerCase() === MAC ? MAC.toUpperCase() : MAC.toLowerCase()],
  ['text that is not ASCII', '🚤'.repeat(11)],
])('refuses %s in place of a code', async (_, given) => {
  expect(await macs.verify('callback', 'studio', 'gen_1', given)).toBe(false)
})

test('the code in an API key is 22 letters and digits, leading zeros included', async () => {
  const messages = Array.from({ length: 200 }, (_, index) => `message ${index}`)
  const codes = await Promise.all(messages.map((each) => macs.sign('api_key', 'studio', each)))
  for (const code of codes) expect(code).toMatch(/^[0-9A-Za-z]{22}$/)
  expect(codes.some((code) => code.startsWith('0'))).toBe(true)
  expect(await macs.verify('api_key', 'studio', 'message 7', codes[7] ?? '')).toBe(true)
  expect(await macs.verify('api_key', 'studio', 'message 8', codes[7] ?? '')).toBe(false)
})

test('derives one key for all codes with the same purpose and account, while there are few', async () => {
  const importKey = vi.spyOn(crypto.subtle, 'importKey')
  onTestFinished(() => importKey.mockRestore())
  const fresh = createMacs(KEY)
  for (const message of ['gen_1', 'gen_2', 'gen_3']) {
    const code = await fresh.sign('callback', 'studio', message)
    expect(await fresh.verify('callback', 'studio', message, code)).toBe(true)
  }
  expect(importKey).toHaveBeenCalledTimes(2)
  for (let index = 0; index < 1000; index++) await fresh.sign('api_key', `made-up-${index}`, '')
  importKey.mockClear()
  expect(await fresh.sign('callback', 'studio', 'gen_1')).toBe(MAC)
  expect(importKey).toHaveBeenCalledTimes(2)
})

test('while the signing key is changed, older codes stay valid, and new ones use the new key', async () => {
  const rotated = createMacs('new-key', ['another', KEY])
  expect(await rotated.verify('callback', 'studio', 'gen_1', MAC)).toBe(true)
  const mac = await rotated.sign('callback', 'studio', 'gen_1')
  expect(mac).not.toBe(MAC)
  expect(await macs.verify('callback', 'studio', 'gen_1', mac)).toBe(false)
  const done = createMacs('new-key')
  expect(await done.verify('callback', 'studio', 'gen_1', mac)).toBe(true)
  expect(await done.verify('callback', 'studio', 'gen_1', MAC)).toBe(false)
})

test('a text among a thousand is the same only as itself', () => {
  const texts = Array.from({ length: 1000 }, (_, index) => `text ${index}`)
  expect(texts.filter((text) => sameText(text, 'text 7'))).toEqual(['text 7'])
})

test.each([
  ['', '', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['a', '', false],
  ['ä', 'ä', true],
  ['ä', 'a\u0308', false],
])('%j and %j are the same text: %s', (left, right, expected) => {
  expect(sameText(left, right)).toBe(expected)
})
