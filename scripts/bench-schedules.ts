/** How long a tick with ten schedules due takes, among ten and among ten thousand. */
import { parseArgs } from 'node:util'
import { pool } from '../test/campaign/pool.ts'
import { type FreshStack, startFreshStack } from './fresh-stack.ts'
import { runScript } from './interrupt.ts'

const DUE = 10
const MINUTE_MS = 60_000
/** A tick that looks at every schedule would take some hundred times as long. */
const MAX_RATIO = 1.5
const WARM_UP = 5
const WIDTH = 8
/** What a tick began is over by then, so that the next is measured alone. */
const BETWEEN_MS = 250

/** Makes so many schedules: ten run every minute, all others once a year. */
const fill = async (stack: FreshStack, count: number): Promise<void> => {
  const limits = { daily_budget_usd: null, max_open: 100_000 }
  await stack.ask('PUT', '/v1/accounts/default', limits)
  await pool(Array.from({ length: count }), WIDTH, async (_, index) => {
    await stack.ask('POST', '/v1/schedules', {
      name: `number ${index}`,
      cron: index < DUE ? '* * * * *' : '@yearly',
      input: { prompt: 'A slow river' },
    })
  })
}

/** One tick of the cron trigger, as `wrangler dev` lets it be called; answers how long it took. */
const tick = async ({ url }: FreshStack, scheduledMs: number): Promise<number> => {
  const beganMs = performance.now()
  const response = await fetch(`${url}/cdn-cgi/local/scheduled?time=${scheduledMs}&format=json`)
  const told = await response.text()
  const tookMs = performance.now() - beganMs
  if (!response.ok || !told.includes('"ok"')) throw new Error(`no tick: ${told}`)
  await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
  return tookMs
}

const countRuns = async ({ ask }: FreshStack): Promise<number> => {
  const usage = await ask<{ total: { generations: number } }>('GET', '/v1/usage')
  return usage.total.generations
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const bench = async (signal: AbortSignal): Promise<void> => {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '10000' },
      ticks: { type: 'string', default: '40' },
    },
  })
  const [many, ticks] = [Number(values.schedules), Number(values.ticks)]
  await using running = new AsyncDisposableStack()
  const few = running.use(await startFreshStack(signal))
  const crowd = running.use(await startFreshStack(signal))
  await fill(few, DUE)
  await fill(crowd, many)
  const tookMs: { few: number[]; crowd: number[] } = { few: [], crowd: [] }
  // Ahead of the clock, so that no alarm comes in between.
  const firstMs = (Math.floor(Date.now() / MINUTE_MS) + 5) * MINUTE_MS
  for (let index = 0; index < WARM_UP + ticks; index++) {
    signal.throwIfAborted()
    const scheduledMs = firstMs + index * MINUTE_MS
    // In turn, so that whatever else this machine does slows both.
    const [fewMs, crowdMs] = [await tick(few, scheduledMs), await tick(crowd, scheduledMs)]
    if (index < WARM_UP) continue
    tookMs.few.push(fewMs)
    tookMs.crowd.push(crowdMs)
  }
  const runs = [await countRuns(few), await countRuns(crowd)]
  const ratio = median(tookMs.crowd) / median(tookMs.few)
  process.stdout.write(
    `A tick with ${DUE} due, median of ${ticks}: ${median(tookMs.few).toFixed(1)} ms among ${DUE}, ` +
      `${median(tookMs.crowd).toFixed(1)} ms among ${many}: ${ratio.toFixed(2)} times. ` +
      `Generations: ${runs.join(' and ')}.\n`,
  )
  if (ratio > MAX_RATIO) throw new Error(`more than ${MAX_RATIO} times`)
}

await runScript(bench)
