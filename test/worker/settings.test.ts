import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readVariables } from '../../scripts/docs/configuration.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { DEFAULT_PRICES } from '../../src/contract/model.ts'
import { readSettings, type Variables } from '../../src/worker/settings.ts'

const VALID: Variables = {
  FAL_KEY: 'id:secret',
  ADMIN_KEY: 'the-key-of-its-admin',
  SIGNING_KEY: 'the-key-that-it-signs-with',
}

test('with only its secrets set, the gateway runs against fal', () => {
  expect(readSettings(VALID)).toMatchObject({
    queueUrl: 'https://queue.fal.run',
    jwksUrl: 'https://rest.fal.ai/.well-known/jwks.json',
    publicOrigin: null,
    startTimeoutSeconds: 14_400,
    longestRunSeconds: 900,
    hookRetriesSeconds: 7500,
    maxAtFal: 100,
    accountDefaults: { dailyBudgetMicrousd: 10_000_000 },
    accepts: true,
    prices: DEFAULT_PRICES,
    billing: { refusalsCount: true, unitMicrousd: null },
    alwaysSendSeed: true,
    playground: true,
    corsOrigins: [],
    misconfigured: null,
  })
})

const documented = readVariables(
  readFileSync(join(PROJECT, 'src/worker/settings.ts'), 'utf8'),
).filter(({ fallback }) => /^`[^`]*`$/.test(fallback))

test.each(documented)('$name is $fallback if it is not set, as documented', (variable) => {
  const { name, fallback } = variable
  expect(readSettings({ ...VALID, [name]: fallback.slice(1, -1) })).toEqual(readSettings(VALID))
})

/** The settings with one more variable. */
const withOne = (name: keyof Variables, text: string) => readSettings({ ...VALID, [name]: text })

describe('secrets', () => {
  test.each(['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY'] as const)(
    'without %s the gateway does not run, and says so',
    (name) => {
      const { [name]: _, ...rest } = VALID
      expect(readSettings(rest).misconfigured).toBe(`${name} is not set`)
      expect(withOne(name, '').misconfigured).toBe(`${name} is not set`)
    },
  )

  test('are never repeated, whatever else is wrong', () => {
    const text = JSON.stringify(withOne('FAL_QUEUE_URL', 'nowhere'))
    for (const secret of Object.values(VALID)) expect(text).not.toContain(secret)
  })
})

const ONCE_USD = { '720p': { 5: 0.1, 10: 0.2 }, '1080p': { 5: 0.3, 10: 0.4 } }
const ONCE = { '720p': { 5: 100_000, 10: 200_000 }, '1080p': { 5: 300_000, 10: 400_000 } }
const BY_DEFAULT = readSettings(VALID)
const { accountDefaults, billing } = BY_DEFAULT
const LOCAL = 'http://127.0.0.1:8788'
const budgetOf = (dailyBudgetMicrousd: number | null) => ({
  accountDefaults: { ...accountDefaults, dailyBudgetMicrousd },
})

test.each<[keyof Variables, string, object]>([
  ['ADMIN_KEY', 'x'.repeat(20), {}],
  ['ADMIN_KEY', 'n+/=~!"$'.repeat(4), {}],
  ['SIGNING_KEY', 'n+/=~!"$'.repeat(4), {}],
  ['SIGNING_KEY', 'x'.repeat(4096), {}],
  // They check older signatures, and may be short.
  ['SIGNING_KEY_PREVIOUS', 'short, one before,', { previousSigningKeys: ['short', 'one before'] }],
  ['SIGNING_KEY_PREVIOUS', '', { previousSigningKeys: [] }],
  ['FAL_QUEUE_URL', LOCAL, { queueUrl: LOCAL }],
  ['FAL_API_URL', `${LOCAL}/v1`, { apiUrl: `${LOCAL}/v1` }],
  ['FAL_BILLING_KEY', 'an-admin-key:of-fal', { billingKey: 'an-admin-key:of-fal' }],
  ['FAL_JWKS_URL', `${LOCAL}/jwks.json`, { jwksUrl: `${LOCAL}/jwks.json` }],
  ['PUBLIC_URL', 'https://video.example/path/?a=b', { publicOrigin: 'https://video.example' }],
  ['FAL_QUEUE_URL', '', {}],
  ['FAL_API_URL', '', {}],
  ['FAL_JWKS_URL', '', {}],
  ['PUBLIC_URL', '', {}],
  ['START_TIMEOUT_SECONDS', '2', { startTimeoutSeconds: 2 }],
  ['START_TIMEOUT_SECONDS', '86400', { startTimeoutSeconds: 86_400 }],
  ['LONGEST_RUN_SECONDS', '1200', { longestRunSeconds: 1200 }],
  ['HOOK_RETRIES_SECONDS', '60', { hookRetriesSeconds: 60 }],
  ['MAX_AT_FAL', '1', { maxAtFal: 1 }],
  ['DAILY_BUDGET_USD', '0', budgetOf(0)],
  ['DAILY_BUDGET_USD', '25', budgetOf(25_000_000)],
  ['DAILY_BUDGET_USD', '0.5', budgetOf(500_000)],
  ['DAILY_BUDGET_USD', '', budgetOf(10_000_000)],
  ['DAILY_BUDGET_USD', 'none', budgetOf(null)],
  ['UNIT_PRICE_USD', '0.04', { billing: { ...billing, unitMicrousd: 40_000 } }],
  ['CHARGE_MODEL_REFUSALS', 'off', { billing: { ...billing, refusalsCount: false } }],
  ['PRICES_USD', JSON.stringify(ONCE_USD), { prices: ONCE }],
  ['CORS_ORIGINS', 'https://a.test, http://b,', { corsOrigins: ['https://a.test', 'http://b'] }],
  ['ACCEPT', 'on', { accepts: true }],
  ['ACCEPT', '', { accepts: true }],
  ['ACCEPT', 'off', { accepts: false }],
])('%s can be %j, and changes nothing else', (name, text, settings) => {
  expect(withOne(name, text)).toEqual({ ...BY_DEFAULT, ...settings })
})

/** Too short, not ASCII, with a space, and with a line break. */
const WEAK = ['x'.repeat(19), 'é'.repeat(20), 'correct horse battery', `${'x'.repeat(40)}\n`]
const UNSAFE =
  'must have 20 or more ASCII characters and no spaces: make one with openssl rand -hex 32'
const NO_URLS = ['queue.fal.run', 'ftp://fal.run', '/queue', 'javascript:alert(1)', 'https://']
const NO_AMOUNTS = ['-1', 'ten', '1e300', 'Infinity', '10 USD']
/** Not JSON, not a table, and tables with a missing, negative, quoted or infinite price. */
const NO_PRICES = [
  '0.20.2',
  'null',
  '0.2',
  '{"720p":{"5":1e999,"10":1},"1080p":{"5":1,"10":1}}',
  ...[{ 5: 0.1 }, { 5: -1, 10: 1 }, { 5: '0.1', 10: 1 }].map((price) =>
    JSON.stringify({ ...ONCE_USD, '720p': price }),
  ),
]

test.each<[keyof Variables, readonly string[], string]>([
  ['ADMIN_KEY', WEAK, UNSAFE],
  ['SIGNING_KEY', WEAK, UNSAFE],
  ['FAL_QUEUE_URL', NO_URLS, 'is not an http or https URL'],
  ['FAL_JWKS_URL', NO_URLS, 'is not an http or https URL'],
  ['PUBLIC_URL', NO_URLS, 'is not an http or https URL'],
  ['START_TIMEOUT_SECONDS', ['1', '0', '4h', '1.5'], 'is not a whole number of at least 2'],
  ['MAX_AT_FAL', ['0', '-1', 'many', 'Infinity'], 'is not a whole number of at least 1'],
  ['DAILY_BUDGET_USD', NO_AMOUNTS, 'is not an amount of US dollars'],
  ['PRICES_USD', NO_PRICES, 'is not a price table'],
  ['ACCEPT', ['false', 'OFF'], 'is neither on nor off'],
])('%s cannot be any of %j, and the message does not repeat it', (name, texts, words) => {
  for (const text of texts) expect(withOne(name, text).misconfigured).toBe(`${name} ${words}`)
})

test('an unclear ACCEPT takes no new work', () => {
  for (const text of ['false', 'OFF']) expect(withOne('ACCEPT', text).accepts).toBe(false)
})

test('reports everything that is wrong at once', () => {
  const { misconfigured } = readSettings({ ADMIN_KEY: 'admin', MAX_AT_FAL: '0', PUBLIC_URL: 'x' })
  const faults = [
    'FAL_KEY is not set',
    `ADMIN_KEY ${UNSAFE}`,
    'SIGNING_KEY is not set',
    'MAX_AT_FAL is not a whole number of at least 1',
    'PUBLIC_URL is not an http or https URL',
  ]
  expect(misconfigured?.split('; ')).toEqual(expect.arrayContaining(faults))
})
