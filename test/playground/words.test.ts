import { expect, test } from 'vitest'
import { PikaError } from '../../src/client/index.ts'
import { type Language, LANGUAGES, sampleOf } from '../../src/playground/samples.ts'
import { explain, whyNotNow } from '../../src/playground/words.ts'

const LIMIT = {
  limit: 'account_daily',
  limit_usd: 1,
  spent_usd: 0.7,
  left_usd: 0.30000000000000004,
  resets_at: '2026-11-29T00:00:00.000Z',
}

test('a budget that covers the price exactly to the cent is enough', () => {
  expect(whyNotNow([LIMIT], 0.1 + 0.2)).toBeUndefined()
  const words = /^The account daily budget has \$0\.30 left of \$1\.00\./
  expect(whyNotNow([LIMIT], 0.31)).toMatch(words)
})

test('a refusal is explained with what to do, and by field', () => {
  expect(explain(new PikaError('missing_scope', 'this key does not have the scope x'))).toEqual({
    title: 'This key may not do that',
    text: 'This key does not have the scope x. Ask whoever runs this gateway for a key with that scope.',
    fields: {},
  })
})

test.each((Object.keys(LANGUAGES) as Language[]).filter((one) => one !== 'JSON'))(
  'code in %s contains the request, and no real key',
  (language) => {
    const code = sampleOf(language, { prompt: "It's 5 o'clock" }, 'https://gateway.test')
    expect(code).toContain('https://gateway.test')
    expect(code).toContain('PIKA_EDGE_KEY')
    expect(code).not.toMatch(/pika_[a-z]/)
  },
)

test('a quotation mark in a prompt does not end an argument for curl', () => {
  const code = sampleOf('curl', { prompt: "It's 5 o'clock" }, 'https://gateway.test')
  expect(code).toContain(`"It'\\''s 5 o'\\''clock"`)
})
