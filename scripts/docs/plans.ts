/** The tables of docs/deploy.md: Cloudflare's plans, and the cost of a thousand generations. */
import { toUsd } from '../../src/contract/units.ts'
import { DEFAULT_PRICES } from '../../src/contract/model.ts'
import { type Row, withTable } from './table.ts'

/**
 * What a generation uses that nobody watches: it is created, fal's webhook reports its end, and it
 * is read once. test/workerd/meter.test.ts counts those with a `counted` name.
 */
export const LIFE = {
  countedRowsWritten: 28,
  countedKvWrites: 2,
  /** POST, webhook, GET. */
  requests: 3,
  /** POST and webhook, since KV answers the GET, and three alarms, which are assumed. */
  objectCalls: 2 + 3,
  /** Each of a caller's requests reads the key, and the GET reads the generation. */
  kvReads: 3,
  /** Assumed: it waits for fal's answer to the submit, and for storage. */
  secondsAwake: 3,
  /** Assumed for each request. */
  cpuMs: 5,
} as const

/** An object is billed for this much memory, whatever it uses. */
const OBJECT_GB = 0.128
/** A day's cron triggers: each calls the Worker, the Directory twice, and one busy account. */
const TICKS = 24 * 60
const DAYS = 30

/**
 * What a generation and an idle day use, what the Free plan includes a day and the Paid plan a
 * month, and the price of a million more in US dollars.
 */
type Service = readonly [
  name: string,
  perLife: number,
  perDay: number,
  freePerDay: number,
  paidPerMonth: number,
  usdPerMillion: number,
]

/**
 * @see https://developers.cloudflare.com/workers/platform/pricing/
 * @see https://developers.cloudflare.com/durable-objects/platform/pricing/
 * @see https://developers.cloudflare.com/kv/platform/pricing/
 */
const SERVICES: readonly Service[] = [
  ['KV writes', LIFE.countedKvWrites, 0, 1000, 1e6, 5],
  ['rows written', LIFE.countedRowsWritten, TICKS, 100_000, 50e6, 1],
  ['calls of Durable Objects', LIFE.objectCalls, 3 * TICKS, 100_000, 1e6, 0.15],
  [
    'GB-s of Durable Objects',
    LIFE.secondsAwake * OBJECT_GB,
    TICKS * 0.1 * OBJECT_GB,
    13_000,
    400_000,
    12.5,
  ],
  ['requests of the Worker', LIFE.requests, TICKS, 100_000, 10e6, 0.3],
  ['KV reads', LIFE.kvReads, 0, 100_000, 10e6, 0.5],
  ['ms of CPU', LIFE.requests * LIFE.cpuMs, TICKS, Infinity, 30e6, 0.02],
]

const count = (n: number): string => n.toLocaleString('en', { maximumFractionDigits: 2 })
const whole = (n: number): string => (n === Infinity ? 'no limit' : count(Math.floor(n)))
const usd = (n: number): string => `$${n.toFixed(4)}`

const planRows = (): Row[] => [
  ['a generation takes', 'of', 'Free: generations a day', 'Paid, included: generations a day'],
  ...SERVICES.map(([name, perLife, perDay, freePerDay, paidPerMonth]): Row => {
    const generations = (limit: number) => whole((limit - perDay) / perLife)
    return [count(perLife), name, generations(freePerDay), generations(paidPerMonth / DAYS)]
  }),
]

const costRows = (): Row[] => {
  const costs = SERVICES.map(([name, perLife, , , , usdPerMillion]) => ({
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
