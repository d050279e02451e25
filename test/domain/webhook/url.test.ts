import { expect, test } from 'vitest'
import { urlFault } from '../../../src/domain/webhook/url.ts'

const OWN = 'https://gateway.example'
const HOME = 'http://127.0.0.1:8787'

test.each([
  ['https://example.com/hook', true, true],
  ['https://example.com:443/hook?token=1', true, true],
  ['https://EXAMPLE.com./hook', true, true],
  ['http://example.com/hook', false, false],
  ['ftp://example.com/hook', false, false],
  ['https://example.com:8443/hook', false, false],
  ['https://user:pass@example.com/', false, false],
  ['https://10.0.0.1/', false, false],
  ['https://0x0a.1/', false, false],
  ['https://2130706433/', false, true],
  ['https://[fd00::1]/', false, false],
  ['https://[::ffff:127.0.0.1]/', false, false],
  ['https://169.254.169.254/latest/meta-data', false, false],
  ['https://metadata.google.internal/', false, false],
  ['https://metadata.google.internal./', false, false],
  ['https://printer.local/', false, false],
  ['https://intranet/', false, false],
  ['https://gateway.example/v1/generations', false, true],
  ['https://localhost/', false, true],
  ['http://localhost:3000/hook', false, true],
  ['http://127.0.0.1:3000/hook', false, true],
  ['http://[::1]:3000/hook', false, true],
  ['http://127.0.0.1:8787/v1/webhooks', false, false],
  ['https://evil.localhost/', false, false],
  ['not a URL', false, false],
  ['/hook', false, false],
])('a public gateway allows %s: %s, a local one: %s', (url, atLarge, onLoopback) => {
  const isAllowed = (own: string) => urlFault(url, [own]) === undefined
  expect([isAllowed(OWN), isAllowed(HOME)]).toEqual([atLarge, onLoopback])
})
