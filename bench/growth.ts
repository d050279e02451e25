/** How requests slow down as an account grows. */
import { type BenchAccount, DAY_MS, OPEN, postOf, sum } from './account.ts'
import type { Bench } from './bench.ts'
import type { BenchGateway } from './gateway.ts'
import { type Asked, compare, send } from './load.ts'
import { type Counts, ratio, type Result, summarise, type Target } from './results.ts'

const SMALL = 100
const LARGE = 100_000
/** Some requests take seconds. */
const LONGEST_MS = 500
const DAYS = 30
const [FIRST_MS, LAST_MS] = [Date.now() - DAYS * DAY_MS, Date.now()]
const NO_WORSE: Target = { was: '20×', atMost: 1.3 }

export const growth = async (bench: Bench): Promise<Result[]> => {
  await using small = await filled(bench.gateway, SMALL)
  await using large = await filled(bench.gateway, LARGE)
  const accounts = [small, large]
  return [
    ...(await measure(bench, accounts, REQUESTS, bench.rounds(4))),
    ...(await measure(bench, accounts, USAGE, bench.rounds(2))),
  ]
}

interface Filled extends BenchAccount {
  readonly holds: number
  readonly scheduleId: string
}

interface Named {
  readonly what: string
  readonly asked: (account: Filled) => Asked
  /** `target` is for the growth, `targetMs` for the time in the large account. */
  readonly target?: Target
  readonly targetMs?: Target
}

const at = (share: number): string =>
  new Date(FIRST_MS + share * (LAST_MS - FIRST_MS)).toISOString()
/** Only a few generations are older than `OLD` or newer than `NEW`. */
const [OLD, NEW] = [at(0.0005), at(0.9999)]

/** A page is as long in both, or the larger account would be slower for sending more. */
const PAGE = { limit: '1' }

const list = (what: string, query: (account: Filled) => Record<string, string>): Named => ({
  what: `list ${what}`.trim(),
  asked: (account) => ({
    path: `/v1/generations?${new URLSearchParams({ ...PAGE, ...query(account) }).toString()}`,
    headers: account.headers,
  }),
  target: NO_WORSE,
})

const REQUESTS: readonly Named[] = [
  list('', () => ({})),
  list('status', () => ({ status: 'canceled' })),
  list('schedule_id', ({ scheduleId }) => ({ schedule_id: scheduleId })),
  list('created_before', () => ({ created_before: OLD })),
  list('created_after', () => ({ created_after: NEW })),
  list('status, schedule_id', ({ scheduleId }) => ({
    status: 'canceled',
    schedule_id: scheduleId,
  })),
  list('status, created_before', () => ({ status: 'completed', created_before: OLD })),
  list('schedule_id, created_before', ({ scheduleId }) => ({
    schedule_id: scheduleId,
    created_before: OLD,
  })),
  list('created_after, created_before', () => ({ created_after: OLD, created_before: at(0.001) })),
  list('no match', ({ scheduleId }) => ({ status: 'submitting', schedule_id: scheduleId })),
  list('no match by time', () => ({ status: 'failed', created_before: at(-1) })),
  {
    what: 'estimate',
    asked: ({ headers }) => ({
      ...postOf(headers),
      path: '/v1/generations/estimate',
    }),
  },
  { what: 'admission', asked: ({ headers }) => postOf(headers, OPEN) },
]

const usage = (what: string, days: number, targetMs?: Target): Named => ({
  what: `usage, ${what}`,
  asked: ({ headers }) => {
    const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10)
    const range = new URLSearchParams({
      from: day(LAST_MS - (days - 1) * DAY_MS),
      to: day(LAST_MS),
    })
    return { path: `/v1/usage?${range.toString()}`, headers }
  },
  ...(targetMs && { targetMs }),
})

const USAGE = [
  usage('a day', 1),
  usage('a month', DAYS + 1, { was: '6.0 s', atMost: 30 }),
  usage('a year', 366),
]

const measure = async (
  { gateway, signal }: Bench,
  accounts: readonly Filled[],
  requests: readonly Named[],
  rounds: number,
): Promise<Result[]> => {
  const { worker } = gateway
  const all = requests.flatMap((named) => accounts.map((account) => ({ ...named, account })))
  const nameOf = ({ what, account }: { what: string; account: Filled }) =>
    `${what}: ${account.holds}`
  // Counted before the account's clock has any work in between.
  const counts = new Map<string, Counts>()
  for (const each of all) {
    const { account, asked } = each
    const metered = await account.metered(() => send(worker.url, asked(account)))
    counts.set(nameOf(each), sum(metered))
  }
  const contenders = all.map((each) => ({
    who: nameOf(each),
    worker,
    request: () => send(worker.url, each.asked(each.account)),
  }))
  const plan = { rounds, requests: 10, concurrency: 1, longestMs: LONGEST_MS, signal }
  const of = await compare(contenders, plan)
  const times = all.map((each) => {
    const { what, account, targetMs } = each
    const { ms, cpuMs } = of(nameOf(each))
    const about = { figure: what, who: `${account.holds.toLocaleString('en')} generations` }
    const counted = counts.get(nameOf(each))
    const aimed = account.holds === LARGE && targetMs && { target: targetMs }
    return summarise(
      { ...about, unit: 'ms', cpuMs, ...(counted && { counts: counted }), ...aimed },
      ms,
    )
  })
  const growths = requests.map(({ what, target }) => {
    const [few = [], many = []] = accounts.map((account) => of(nameOf({ what, account })).ms)
    const about = { figure: 'Growth, 100 → 100,000', who: what, ...(target && { target }) }
    return ratio(about, many, few)
  })
  return [...times, ...growths]
}

/** An account with this many generations over a month: most completed, some of a schedule. */
const filled = async (gateway: BenchGateway, holds: number): Promise<Filled> => {
  const account = await gateway.newAccount()
  const { id: scheduleId } = await account.ask<{ id: string }>('/v1/schedules', {
    name: 'bench',
    cron: '@yearly',
    input: { prompt: 'A slow river' },
  })
  const canceled = await account.post(OPEN)
  await account.ask(`/v1/generations/${canceled.id}/cancel`, {})
  const failed = await account.post('outcome=content_policy')
  const completed = await account.post()
  const kinds = [
    { like: completed.id, share: 0.9 },
    { like: failed.id, share: 0.08 },
    { like: canceled.id, share: 0.02 },
  ]
  const times = { fromMs: FIRST_MS, toMs: LAST_MS, dueAtMs: LAST_MS + DAY_MS }
  for (const { like } of kinds) await account.settled(like)
  await account.fillWith(
    ...kinds.map(({ like, share }) => {
      const count = Math.round(holds * share)
      return { table: 'generations' as const, like, count, ...times, scheduleId }
    }),
  )
  return { ...account, holds, scheduleId }
}
