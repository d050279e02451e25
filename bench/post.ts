/** POST with an API key, an idempotency key, budgets and webhooks, against peers that do less. */
import { type BenchAccount, OPEN, postOf } from './account.ts'
import type { Bench } from './bench.ts'
import { compare, type Contender, send } from './load.ts'
import { startPeers } from './peers.ts'
import { ratio, type Result, summarise, type Target } from './results.ts'

const FEW = 'gateway, 10 open'
const MANY = 'gateway, 1,000 open'
const OBJECT = 'bare Durable Object'
const GUARDED = `${OBJECT}, guarded`
/** Enough for every past duration that an admission reads. */
const SETTLED = 200
const LONGEST_MS = 2000

const AGAINST_OBJECT: Readonly<Record<number, Target>> = {
  1: { was: '0.45', atLeast: 0.8 },
  16: { was: '0.27', atLeast: 0.7 },
}

export const post = async ({ gateway, emulator, rounds, signal }: Bench): Promise<Result[]> => {
  await using peers = await startPeers(emulator)
  const input = postOf({}, OPEN)
  const ofGateway = (who: string, open: number): Contender => {
    let account: BenchAccount | undefined
    return {
      who,
      worker: gateway.worker,
      // A new one for each round, or each round would find more open than the last.
      prepare: async () => {
        await account?.[Symbol.asyncDispose]()
        account = await gateway.newAccount({ open, settled: SETTLED })
        await account.post(OPEN)
      },
      request: () => send(gateway.worker.url, postOf(account?.headers ?? {}, OPEN)),
    }
  }
  const ofPeers: Contender[] = peers.all.flatMap(({ who, worker }) => {
    const posts = (name: string, query = '') => ({
      who: name,
      worker,
      request: () => send(worker.url, { ...input, path: input.path + query }),
    })
    return who === OBJECT ? [posts(who), posts(GUARDED, '?guarded')] : [posts(who)]
  })
  const contenders: Contender[] = [ofGateway(FEW, 10), ofGateway(MANY, 1000), ...ofPeers]
  const results: Result[] = []
  for (const [concurrency, requests] of [
    [1, 24],
    [16, 48],
  ] as const) {
    const plan = { rounds: rounds(6), requests, concurrency, longestMs: LONGEST_MS, signal }
    const of = await compare(contenders, plan)
    const figure = `POST, ${concurrency} at a time`
    for (const { who } of contenders) {
      const { perSecond, cpuMs } = of(who)
      results.push(summarise({ figure, who, unit: '/s', cpuMs }, perSecond))
    }
    for (const { who } of ofPeers) {
      const target = who === OBJECT ? AGAINST_OBJECT[concurrency] : undefined
      const about = { figure: `${figure}, against`, who, ...(target && { target }) }
      results.push(ratio(about, of(FEW).perSecond, of(who).perSecond))
    }
    const growth = { figure: `${figure}, 10 → 1,000 open`, who: 'gateway' }
    results.push(
      ratio({ ...growth, target: { atMost: 1.2 } }, of(FEW).perSecond, of(MANY).perSecond),
    )
    if (concurrency === 16 && of(FEW).cpuMs.length > 0) {
      const target = { was: '19 ms', atMost: 6.5 }
      const about = { figure: `CPU of a POST, ${concurrency} at a time`, who: FEW, unit: 'ms' }
      results.push(summarise({ ...about, target }, of(FEW).cpuMs))
    }
  }
  return results
}
