/** The cost of the account's clock: ticks and alarms, with few and many schedules and jobs. */
import { type BenchAccount, DAY_MS, OPEN } from './account.ts'
import type { Bench } from './bench.ts'
import type { BenchGateway } from './gateway.ts'
import { compare, type Contender } from './load.ts'
import { ratio, type Result, summarise, type Target } from './results.ts'

const MINUTE_MS = 60_000
const DUE = 10
const SCHEDULES = [DUE, 10_000] as const
const GENERATIONS = [1, 10, 1000] as const

export const clock = async (bench: Bench): Promise<Result[]> => {
  await using running = new AsyncDisposableStack()
  const { gateway } = bench
  const ticks: Contender[] = []
  for (const count of SCHEDULES) {
    const account = running.use(await withSchedules(gateway, count))
    // Ahead of the clock, so that no slot becomes due in between.
    let tickMs = Math.ceil(Date.now() / MINUTE_MS + 5) * MINUTE_MS
    const request = () => account.control('tick', (tickMs += MINUTE_MS))
    ticks.push({ who: `among ${count.toLocaleString('en')}`, worker: gateway.worker, request })
  }
  const alarms: Contender[] = []
  for (const open of GENERATIONS) {
    const account = running.use(await gateway.newAccount({ open, settled: 10 }))
    const { id } = await account.post(OPEN)
    const request = () => account.control('ring', id)
    alarms.push({ who: `${open.toLocaleString('en')} open`, worker: gateway.worker, request })
  }
  return [
    ...(await measure(bench, 'A tick, 10 due', ticks, [[0, 1]])),
    ...(await measure(bench, 'An alarm, one due', alarms, [
      [0, 2],
      [1, 2, { atMost: 1.2 }],
    ])),
  ]
}

const measure = async (
  { rounds, signal }: Bench,
  figure: string,
  contenders: readonly Contender[],
  growths: readonly (readonly [from: number, to: number, target?: Target])[],
): Promise<Result[]> => {
  const of = await compare(contenders, { rounds: rounds(8), requests: 4, concurrency: 1, signal })
  const results = contenders.map(({ who }) => {
    const { ms, cpuMs } = of(who)
    return summarise({ figure, who, unit: 'ms', cpuMs }, ms)
  })
  const names = contenders.map(({ who }) => who)
  for (const [from, to, target] of growths) {
    const [few = '', many = ''] = [names[from], names[to]]
    const about = {
      figure: `${figure}, growth`,
      who: `${few} → ${many}`,
      ...(target && { target }),
    }
    results.push(ratio(about, of(many).ms, of(few).ms))
  }
  return results
}

/** Ten schedules run every minute, all others once a year. */
const withSchedules = async (gateway: BenchGateway, count: number): Promise<BenchAccount> => {
  const account = await gateway.newAccount()
  const make = (cron: string) =>
    account.ask<{ id: string }>('/v1/schedules', {
      name: cron,
      cron,
      input: { prompt: `A slow river [emulator: ${OPEN}]` },
    })
  for (let made = 0; made < DUE; made++) await make('* * * * *')
  if (count > DUE) {
    const { id: like } = await make('@yearly')
    const nowMs = Date.now()
    const times = { fromMs: nowMs - DAY_MS, toMs: nowMs, dueAtMs: nowMs + DAY_MS }
    await account.fillWith({ table: 'schedules', like, count: count - DUE - 1, ...times })
  }
  return account
}
