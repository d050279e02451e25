/** The gateway's settings, read from its variables and checked. */
import * as z from 'zod/mini'
import { parseJson } from '../adapters/body.ts'
import { usd } from '../contract/account.ts'
import { toMicrousd } from '../contract/units.ts'
import { DEFAULT_PRICES, type PriceTable } from '../contract/model.ts'

const DEFAULT_DAILY_BUDGET_MICROUSD = 10_000_000

/**
 * The variables that are read here. A missing or empty one has the default named below.
 * docs/configuration.md is generated from these comments.
 */
export interface Variables {
  /** The fal key that pays. */
  readonly FAL_KEY?: string
  /**
   * A fal admin key. With it, a cost becomes what fal charged, within a day
   * (`cost.basis: "fal_billing"`). Default: none.
   */
  readonly FAL_BILLING_KEY?: string
  /** The operator's key, which makes all others. */
  readonly ADMIN_KEY?: string
  /**
   * Root of the signatures on callbacks, client secrets and video URLs, and of the MACs in API
   * keys. A new one breaks those signatures, unless `SIGNING_KEY_PREVIOUS` has the old one. API
   * keys stay valid.
   */
  readonly SIGNING_KEY?: string
  /** The signing keys before this one, separated by commas. They only verify. Default: none. */
  readonly SIGNING_KEY_PREVIOUS?: string
  /** Where generations are submitted. Default: `https://queue.fal.run`. */
  readonly FAL_QUEUE_URL?: string
  /** The platform API, for lost answers and charges. Default: `https://api.fal.ai/v1`. */
  readonly FAL_API_URL?: string
  /**
   * Where fal publishes the keys that sign its webhooks.
   * Default: `https://rest.fal.ai/.well-known/jwks.json`.
   */
  readonly FAL_JWKS_URL?: string
  /**
   * The gateway's public URL, for fal's webhooks. Default: the https origin of the last request
   * made with `ADMIN_KEY`.
   */
  readonly PUBLIC_URL?: string
  /** How long a job may wait at fal before it starts, in seconds. Default: `14400`. */
  readonly START_TIMEOUT_SECONDS?: string
  /** How long a job may run, in seconds; still pending then, it is `timed_out`. Default: `900`. */
  readonly LONGEST_RUN_SECONDS?: string
  /**
   * How long after that fal may still deliver a webhook, in seconds. After the three together, a
   * lost answer is given up. Default: `7500`.
   */
  readonly HOOK_RETRIES_SECONDS?: string
  /**
   * How many generations an account may have at fal at once. The rest wait here, for a day at most.
   * Default: `100`.
   */
  readonly MAX_AT_FAL?: string
  /** How many open generations an account may have by default. Default: `1000`. */
  readonly MAX_OPEN?: string
  /**
   * What an account may spend a day until its own budget is set, in US dollars; `none` for no
   * limit. Default: `10`.
   */
  readonly DAILY_BUDGET_USD?: string
  /** `off` rejects new generations and sends no waiting ones; all else goes on. Default: `on`. */
  readonly ACCEPT?: string
  /**
   * Prices in US dollars, by resolution and seconds, as JSON.
   * Default: `{"720p":{"5":0.2,"10":0.4},"1080p":{"5":0.45,"10":0.9}}`.
   */
  readonly PRICES_USD?: string
  /** US dollars for a unit of fal's `X-Fal-Billable-Units`. Default: none; `PRICES_USD` decides. */
  readonly UNIT_PRICE_USD?: string
  /** Whether a refusal by the model itself, such as content policy, counts as paid. Default: `on`. */
  readonly CHARGE_MODEL_REFUSALS?: string
  /** Whether to send fal a seed when the caller gives none. Default: `on`. */
  readonly ALWAYS_SEND_SEED?: string
  /** Whether `/` shows the playground. Default: `on`. */
  readonly PLAYGROUND?: string
  /**
   * Hosts to fetch videos from, separated by commas. A host on this machine may use http. Default:
   * `fal.media,*.fal.media`.
   */
  readonly MEDIA_HOSTS?: string
  /** Days after which an ended generation is deleted. Default: none; nothing is deleted. */
  readonly RETENTION_DAYS?: string
  /** Origins whose pages may call the API, separated by commas; `*` for all. Default: none. */
  readonly CORS_ORIGINS?: string
}

const SECRETS = ['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY'] as const

/** 20 random characters cannot be guessed, and a header cannot carry any but these. */
const STRONG_KEY = /^[\x21-\x7E]{20,}$/

/** Never throws: `misconfigured` says what is wrong. */
export const readSettings = (variables: Variables) => {
  // Previous signing keys are not checked: they were good enough once.
  const wrong = SECRETS.flatMap((name) => {
    const value = variables[name]
    if (!value) return `${name} is not set`
    if (name === 'FAL_KEY' || STRONG_KEY.test(value)) return []
    return `${name} must have 20 or more ASCII characters and no spaces: make one with openssl rand -hex 32`
  })
  const url = (name: keyof Variables, fallback: string): string => {
    const text = variables[name] || fallback
    if (text === '' || /^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text
    wrong.push(`${name} is not an http or https URL`)
    return fallback
  }
  const whole = (name: keyof Variables, fallback: number, least: number) => {
    const value = Number(variables[name] || fallback)
    if (Number.isInteger(value) && value >= least) return value
    wrong.push(`${name} is not a whole number of at least ${least}`)
    return fallback
  }
  const amount = (name: keyof Variables): number | undefined => {
    const text = variables[name]
    if (text === undefined || text === '') return undefined
    const { data } = amountOf.safeParse(Number(text))
    if (data === undefined) wrong.push(`${name} is not an amount of US dollars`)
    return data
  }
  const flag = (name: keyof Variables): boolean => {
    const text = variables[name] || 'on'
    if (text !== 'on' && text !== 'off') wrong.push(`${name} is neither on nor off`)
    // Anything but a clear yes stops spending.
    return text === 'on'
  }
  const prices: PriceTable | undefined = variables.PRICES_USD
    ? priceTable.safeParse(parseJson(variables.PRICES_USD)).data
    : DEFAULT_PRICES
  if (prices === undefined) wrong.push('PRICES_USD is not a price table')
  const settings = {
    queueUrl: url('FAL_QUEUE_URL', 'https://queue.fal.run'),
    apiUrl: url('FAL_API_URL', 'https://api.fal.ai/v1'),
    billingKey: variables.FAL_BILLING_KEY || null,
    jwksUrl: url('FAL_JWKS_URL', 'https://rest.fal.ai/.well-known/jwks.json'),
    publicOrigin: URL.parse(url('PUBLIC_URL', ''))?.origin ?? null,
    // fal's client refuses a start timeout of a second or less.
    startTimeoutSeconds: whole('START_TIMEOUT_SECONDS', 14_400, 2),
    // The longest that a job was ever allowed to run; after that, fal ends it.
    longestRunSeconds: whole('LONGEST_RUN_SECONDS', 15 * 60, 1),
    // fal retries a webhook for two hours; the rest is a margin.
    hookRetriesSeconds: whole('HOOK_RETRIES_SECONDS', 7500, 1),
    maxAtFal: whole('MAX_AT_FAL', 100, 1),
    retentionDays: variables.RETENTION_DAYS ? whole('RETENTION_DAYS', 1, 1) : null,
    accountDefaults: {
      dailyBudgetMicrousd:
        variables.DAILY_BUDGET_USD === 'none'
          ? null
          : (amount('DAILY_BUDGET_USD') ?? DEFAULT_DAILY_BUDGET_MICROUSD),
      monthlyBudgetMicrousd: null,
      timeZone: 'UTC',
      maxOpen: whole('MAX_OPEN', 1000, 1),
    },
    accepts: flag('ACCEPT'),
    prices: prices ?? DEFAULT_PRICES,
    billing: {
      refusalsCount: flag('CHARGE_MODEL_REFUSALS'),
      unitMicrousd: amount('UNIT_PRICE_USD') ?? null,
    },
    alwaysSendSeed: flag('ALWAYS_SEND_SEED'),
    playground: flag('PLAYGROUND'),
    mediaHosts: listed(variables.MEDIA_HOSTS || 'fal.media,*.fal.media'),
    corsOrigins: listed(variables.CORS_ORIGINS),
    previousSigningKeys: listed(variables.SIGNING_KEY_PREVIOUS),
  }
  return { ...settings, misconfigured: wrong.length === 0 ? null : wrong.join('; ') }
}

const listed = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** US dollars, as micro-dollars. */
const amountOf = z.pipe(usd, z.transform(toMicrousd))
const byDuration = z.object({ 5: amountOf, 10: amountOf })

/** A table such as `{"720p":{"5":0.2,"10":0.4},"1080p":{"5":0.45,"10":0.9}}`, in US dollars. */
const priceTable = z.object({ '720p': byDuration, '1080p': byDuration })
