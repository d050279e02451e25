/** The tables of docs/deploy.md: what Cloudflare's plans allow, and what a thousand generations cost. */
import { DEFAULT_PRICES, toUsd } from '../../src/contract/price.ts'
import { type Row, withTable } from './table.ts'

/**
 * What the whole life of a generation takes that nobody watches: it is asked for, fal's webhook
 * tells its end, and it is read once. test/workerd/meter.test.ts counts those with a `counted` name.
 */
export const LIFE = {
  countedRowsWritten: 28,
  countedKvWrites: 2,
  /** POST, webhook, GET. */
  requests: 3,
  /** POST and webhook, since KV answers the GET; and alarms, of which three are assumed. */
  objectCalls: 2 + 3,
  /** The key is read with each request of a caller, and the generation once. */
  kvReads: 3,
  /** Assumed: it waits for fal's answer to the submit, and for storage. */
  secondsAwake: 3,
  /** Assumed of each request. */
  cpuMs: 5,
} as const

/** An object is billed for this much memory, whatever it uses. */
const OBJECT_GB = 0.128
/** The cron trigger of a day: it calls the Worker, twice the Directory, and one account that is busy. */
const TICKS = 24 * 60
const DAYS = 30

interface Service {
  readonly name: string
  /** Of a generation, and of a day in which there is none. */
  readonly perLife: number
  readonly perDay: number
  readonly freePerDay: number
  readonly paidPerMonth: number
  readonly usdPerMillion: number
}

/**
 * @see https://developers.cloudflare.com/workers/platform/pricing/
 * @see https://developers.cloudflare.com/durable-objects/platform/pricing/
 * @see https://developers.cloudflare.com/kv/platform/pricing/
 */
const SERVICES: readonly Service[] = [
  {
    name: 'KV writes',
    perLife: LIFE.countedKvWrites,
    perDay: 0,
    freePerDay: 1000,
    paidPerMonth: 1e6,
    usdPerMillion: 5,
  },
  {
    name: 'rows written',
    perLife: LIFE.countedRowsWritten,
    perDay: TICKS,
    freePerDay: 100_000,
    paidPerMonth: 50e6,
    usdPerMillion: 1,
  },
  {
    name: 'calls of Durable Objects',
    perLife: LIFE.objectCalls,
    perDay: 3 * TICKS,
    freePerDay: 100_000,
    paidPerMonth: 1e6,
    usdPerMillion: 0.15,
  },
  {
    name: 'GB-s of Durable Objects',
    perLife: LIFE.secondsAwake * OBJECT_GB,
    perDay: TICKS * 0.1 * OBJECT_GB,
    freePerDay: 13_000,
    paidPerMonth: 400_000,
    usdPerMillion: 12.5,
  },
  {
    name: 'requests of the Worker',
    perLife: LIFE.requests,
    perDay: TICKS,
    freePerDay: 100_000,
    paidPerMonth: 10e6,
    usdPerMillion: 0.3,
  },
  {
    name: 'KV reads',
    perLife: LIFE.kvReads,
    perDay: 0,
    freePerDay: 100_000,
    paidPerMonth: 10e6,
    usdPerMillion: 0.5,
  },
  {
    name: 'ms of CPU',
    perLife: LIFE.requests * LIFE.cpuMs,
    perDay: TICKS,
    freePerDay: Infinity,
    paidPerMonth: 30e6,
    usdPerMillion: 0.02,
  },
]

const count = (n: number): string => n.toLocaleString('en', { maximumFractionDigits: 2 })
const whole = (n: number): string => (n === Infinity ? 'no limit' : count(Math.floor(n)))
const usd = (n: number): string => `$${n.toFixed(4)}`

const perDay = ({ perLife, perDay }: Service, limit: number): string =>
  whole((limit - perDay) / perLife)

const planRows = (): Row[] => [
  ['a generation takes', 'of', 'Free: generations a day', 'Paid, included: generations a day'],
  ...SERVICES.map((service): Row => {
    const { name, perLife, freePerDay, paidPerMonth } = service
    return [count(perLife), name, perDay(service, freePerDay), perDay(service, paidPerMonth / DAYS)]
  }),
]

const costRows = (): Row[] => {
  const costs = SERVICES.map(({ name, perLife, usdPerMillion }) => ({
    name,
    usd: (perLife * 1000 * usdPerMillion) / 1e6,
    price: `$${usdPerMillion} a million`,
  }))
  const sum = costs.reduce((total, cost) => total + cost.usd, 0)
  const fal = toUsd(DEFAULT_PRICES['720p'][5]) * 1000
  return [
    ['a thousand generations', 'cost', 'at'],
    ...costs.map((cost): Row => [cost.name, usd(cost.usd), cost.price]),
    ['**Cloudflare together**', `**${usd(sum)}**`, 'past what the plan includes'],
    ['fal, 720p, 5 s', `$${fal.toFixed(2)}`, `$${(fal / 1000).toFixed(2)} each`],
  ]
}

export const deployMarkdown = (text: string): string =>
  withTable(withTable(text, 'plans', planRows()), 'costs', costRows())
