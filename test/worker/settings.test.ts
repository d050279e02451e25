import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readVariables } from '../../scripts/docs/configuration.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { DEFAULT_PRICES } from '../../src/contract/price.ts'
import { readSettings } from '../../src/worker/settings.ts'
import type { Variables } from '../../src/worker/settings.ts'

const VALID: Variables = {
  FAL_KEY: 'id:secret',
  ADMIN_KEY: 'the-key-of-its-admin',
  SIGNING_KEY: 'the-key-that-it-signs-with',
}

test('with its secrets alone, the gateway runs against fal', () => {
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

test.each(documented)('$name is $fallback where it is not set, as documented', (variable) => {
  const { name, fallback } = variable
  expect(readSettings({ ...VALID, [name]: fallback.slice(1, -1) })).toEqual(readSettings(VALID))
})

describe('secrets', () => {
  test.each(['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY'] as const)(
    'without %s the gateway does not run, and says so',
    (name) => {
      const { [name]: _, ...rest } = VALID
      expect(readSettings(rest).misconfigured).toBe(`${name} is not set`)
      expect(readSettings({ ...VALID, [name]: '' }).misconfigured).toBe(`${name} is not set`)
    },
  )

  test('all that are missing are named', () => {
    expect(readSettings({}).misconfigured).toBe(
      'FAL_KEY is not set; ADMIN_KEY is not set; SIGNING_KEY is not set',
    )
  })

  test('are never repeated, whatever else is wrong', () => {
    const text = JSON.stringify(readSettings({ ...VALID, FAL_QUEUE_URL: 'nowhere' }))
    for (const secret of Object.values(VALID)) expect(text).not.toContain(secret)
  })

  describe.each(['ADMIN_KEY', 'SIGNING_KEY'] as const)('%s', (name) => {
    test.each([
      ['19 characters', 'x'.repeat(19)],
      ['letters outside ASCII', 'clé-de-l’administrateur'],
      ['a space', 'correct horse battery staple'],
      ['the end of a line', `${'x'.repeat(40)}\n`],
    ])('of %s is refused, unrepeated, with a way to make one', (_, key) => {
      const { misconfigured } = readSettings({ ...VALID, [name]: key })
      expect(misconfigured).toBe(
        `${name} must have 20 or more ASCII characters and no spaces: make one with openssl rand -hex 32`,
      )
    })

    test.each(['x'.repeat(20), 'n+/=~!"$'.repeat(4), 'x'.repeat(4096)])('may be %s', (key) => {
      expect(readSettings({ ...VALID, [name]: key }).misconfigured).toBeNull()
    })
  })

  test('of rotations stand between commas, and may be short: they check what was signed before', () => {
    const previous = (text: string) => {
      const settings = readSettings({ ...VALID, SIGNING_KEY_PREVIOUS: text })
      return [settings.previousSigningKeys, settings.misconfigured]
    }
    expect(previous('short, one before,')).toEqual([['short', 'one before'], null])
    expect(previous('')).toEqual([[], null])
  })
})

describe('addresses', () => {
  test.each([
    ['FAL_QUEUE_URL', 'queueUrl', 'http://127.0.0.1:8788'],
    ['FAL_API_URL', 'apiUrl', 'http://127.0.0.1:8788/v1'],
    ['FAL_BILLING_KEY', 'billingKey', 'an-admin-key:of-fal'],
    ['FAL_JWKS_URL', 'jwksUrl', 'http://127.0.0.1:8788/.well-known/jwks.json'],
  ] as const)('%s can be another', (name, setting, url) => {
    const settings = readSettings({ ...VALID, [name]: url })
    expect([settings[setting], settings.misconfigured]).toEqual([url, null])
  })

  test('the public one is its origin', () => {
    const settings = readSettings({ ...VALID, PUBLIC_URL: 'https://video.example/path/?a=b' })
    expect([settings.publicOrigin, settings.misconfigured]).toEqual(['https://video.example', null])
  })

  test.each(['FAL_QUEUE_URL', 'FAL_API_URL', 'FAL_JWKS_URL', 'PUBLIC_URL'] as const)(
    'an empty %s is none',
    (name) => {
      expect(readSettings({ ...VALID, [name]: '' })).toEqual(readSettings(VALID))
    },
  )

  test.each(['queue.fal.run', 'ftp://queue.fal.run', '/queue', 'javascript:alert(1)', 'https://'])(
    '%s is none',
    (url) => {
      for (const name of ['FAL_QUEUE_URL', 'FAL_JWKS_URL', 'PUBLIC_URL'] as const) {
        const { misconfigured } = readSettings({ ...VALID, [name]: url })
        expect(misconfigured).toBe(`${name} is not an http or https URL`)
      }
    },
  )
})

describe('numbers', () => {
  test.each([
    ['START_TIMEOUT_SECONDS', '2', 'startTimeoutSeconds', 2],
    ['START_TIMEOUT_SECONDS', '86400', 'startTimeoutSeconds', 86_400],
    ['LONGEST_RUN_SECONDS', '1200', 'longestRunSeconds', 1200],
    ['HOOK_RETRIES_SECONDS', '60', 'hookRetriesSeconds', 60],
    ['MAX_AT_FAL', '1', 'maxAtFal', 1],
  ] as const)('%s can be %s', (name, text, setting, value) => {
    const settings = readSettings({ ...VALID, [name]: text })
    expect([settings[setting], settings.misconfigured]).toEqual([value, null])
  })

  test.each([
    ['START_TIMEOUT_SECONDS', '1'],
    ['START_TIMEOUT_SECONDS', '0'],
    ['START_TIMEOUT_SECONDS', '4h'],
    ['START_TIMEOUT_SECONDS', '1.5'],
    ['MAX_AT_FAL', '0'],
    ['MAX_AT_FAL', '-1'],
    ['MAX_AT_FAL', 'many'],
    ['MAX_AT_FAL', 'Infinity'],
  ] as const)('%s cannot be %s', (name, text) => {
    const { misconfigured } = readSettings({ ...VALID, [name]: text })
    expect(misconfigured).toMatch(new RegExp(`^${name} is not a whole number`))
  })
})

describe('money', () => {
  test.each([
    ['0', 0],
    ['25', 25_000_000],
    ['0.5', 500_000],
    ['', 10_000_000],
    ['none', null],
  ])('a daily budget of %j dollars is %j micro-dollars', (text, dailyBudgetMicrousd) => {
    const settings = readSettings({ ...VALID, DAILY_BUDGET_USD: text })
    expect(settings.accountDefaults).toMatchObject({ dailyBudgetMicrousd })
    expect(settings.misconfigured).toBeNull()
  })

  test.each(['-1', 'ten', '1e300', 'Infinity', '10 USD'])(
    'a daily budget of %s is refused',
    (text) => {
      const { misconfigured } = readSettings({ ...VALID, DAILY_BUDGET_USD: text })
      expect(misconfigured).toBe('DAILY_BUDGET_USD is not an amount of US dollars')
    },
  )

  test('a unit of fal can have a price', () => {
    const { billing } = readSettings({ ...VALID, UNIT_PRICE_USD: '0.04' })
    expect(billing.unitMicrousd).toBe(40_000)
  })

  test('refusals by the model can count as free', () => {
    const { billing } = readSettings({ ...VALID, CHARGE_MODEL_REFUSALS: 'off' })
    expect(billing.refusalsCount).toBe(false)
  })

  const table = { '720p': { 5: 0.1, 10: 0.2 }, '1080p': { 5: 0.3, 10: 0.4 } }

  test('prices can be others', () => {
    const settings = readSettings({ ...VALID, PRICES_USD: JSON.stringify(table) })
    expect(settings.prices).toEqual({
      '720p': { 5: 100_000, 10: 200_000 },
      '1080p': { 5: 300_000, 10: 400_000 },
    })
    expect(settings.misconfigured).toBeNull()
  })

  test.each([
    ['no JSON', '0.2'.repeat(2)],
    ['null', 'null'],
    ['a number', '0.2'],
    ['a price missing', JSON.stringify({ ...table, '720p': { 5: 0.1 } })],
    ['a price below 0', JSON.stringify({ ...table, '720p': { 5: -1, 10: 1 } })],
    ['a price as a text', JSON.stringify({ ...table, '720p': { 5: '0.1', 10: 1 } })],
    ['a price without end', '{"720p":{"5":1e999,"10":1},"1080p":{"5":1,"10":1}}'],
  ])('prices cannot be %s', (_, text) => {
    const { misconfigured } = readSettings({ ...VALID, PRICES_USD: text })
    expect(misconfigured).toBe('PRICES_USD is not a price table')
  })
})

test.each([
  ['on', true, null],
  ['', true, null],
  ['off', false, null],
  ['false', false, 'ACCEPT is neither on nor off'],
  ['OFF', false, 'ACCEPT is neither on nor off'],
])('ACCEPT=%s: new work is taken: %s', (text, accepts, misconfigured) => {
  expect(readSettings({ ...VALID, ACCEPT: text })).toMatchObject({ accepts, misconfigured })
})

test('origins of browsers are a list', () => {
  const { corsOrigins } = readSettings({
    ...VALID,
    CORS_ORIGINS: 'https://a.test, https://b.test,',
  })
  expect(corsOrigins).toEqual(['https://a.test', 'https://b.test'])
})

test('everything that is wrong is told at once', () => {
  const { misconfigured } = readSettings({ ADMIN_KEY: 'admin', MAX_AT_FAL: '0', PUBLIC_URL: 'x' })
  expect(misconfigured?.split('; ')).toEqual(
    expect.arrayContaining([
      'FAL_KEY is not set',
      'ADMIN_KEY must have 20 or more ASCII characters and no spaces: make one with openssl rand -hex 32',
      'SIGNING_KEY is not set',
      'MAX_AT_FAL is not a whole number of at least 1',
      'PUBLIC_URL is not an http or https URL',
    ]),
  )
})
