import { expect, test } from 'vitest'
import {
  formatClientSecret,
  parseClientSecret,
  parseVideoAddress,
  permitMessage,
  videoUrl,
} from '../../../src/domain/generation/permit.ts'

const SECRET = {
  accountId: 'studio_1-a',
  generationId: 'gen_01k88z00000123456789abcdef',
  expiresAtSeconds: 1_795_000_000,
  sig: 'Ab_-Ab_-Ab_-Ab_-Ab_-Ab',
}

test('a client secret is read as it was written', () => {
  expect(parseClientSecret(formatClientSecret(SECRET))).toEqual(SECRET)
})

test('the signature covers the generation and the expiry', () => {
  const message = ({ generationId, expiresAtSeconds }: typeof SECRET) =>
    permitMessage(generationId, expiresAtSeconds)
  const other = { ...SECRET, generationId: 'gen_01k88z00000123456789abcdeg' }
  expect(message(other)).not.toBe(message(SECRET))
  expect(message({ ...SECRET, expiresAtSeconds: 1 })).not.toBe(message(SECRET))
})

const text = formatClientSecret(SECRET)

test.each([
  '',
  'pcs_',
  text.slice(1),
  `${text}A`,
  ` ${text}`,
  `${text}\n`,
  text.replace('pcs_', 'pcs_.'),
  text.replace('studio', 'Studio'),
  text.replace('studio', '../x'),
  text.replace('gen_', 'key_'),
  text.replace('1795000000', '179500000'),
  text.replace('1795000000', '-795000000'),
  text.replace('1795000000', '1e95000000'),
  text.replaceAll('.', ':'),
  text.replace('Ab_-Ab', 'Ab_+Ab'),
])('%j is not a client secret', (form) => expect(parseClientSecret(form)).toBeUndefined())

test('a video URL is read as it was made, and any other URL is refused', () => {
  const urlOf = (expiresAtSeconds: number | null) =>
    videoUrl('https://g.example', { ...SECRET, expiresAtSeconds })
  for (const expiresAtSeconds of [null, 1_795_512_600]) {
    const read = parseVideoAddress(new URL(urlOf(expiresAtSeconds)))
    expect(read).toEqual({ ...SECRET, expiresAtSeconds })
  }
  const url = urlOf(null)
  const others = [url.replace('.mp4', ''), url.slice(0, -1), `${url}&expires=1`, `${url}&expires=`]
  for (const other of [...others, url.replace('gen_', 'gen_/')]) {
    expect(parseVideoAddress(new URL(other))).toBeUndefined()
  }
})
