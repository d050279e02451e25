import { expect, test } from 'vitest'
import {
  clientSecretMessage,
  formatClientSecret,
  parseClientSecret,
} from '../../src/domain/client-secret.ts'

const SECRET = {
  accountId: 'studio_1-a',
  generationId: 'gen_01k88z00000123456789abcdef',
  expiresAtSeconds: 1_795_000_000,
  mac: 'Ab_-Ab_-Ab_-Ab_-Ab_-Ab',
}

test('what is written is read back', () => {
  expect(parseClientSecret(formatClientSecret(SECRET))).toEqual(SECRET)
})

test('the code covers the generation and the expiry', () => {
  const message = (changes: Partial<typeof SECRET>) => {
    const { generationId, expiresAtSeconds } = { ...SECRET, ...changes }
    return clientSecretMessage(generationId, expiresAtSeconds)
  }
  expect(message({ generationId: 'gen_01k88z00000123456789abcdeg' })).not.toBe(message({}))
  expect(message({ expiresAtSeconds: 1 })).not.toBe(message({}))
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
])('%j has not the form of one', (form) => {
  expect(parseClientSecret(form)).toBeUndefined()
})
