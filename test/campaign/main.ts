/** A campaign: puts the gateway and `fal.subscribe` through the same faults, and reports. */
import { Command, Option } from '@commander-js/extra-typings'
import { runScript } from '../../scripts/interrupt.ts'
import { subscribeAll } from './beside.ts'
import { cutCallers, startCallersWorld } from './callers.ts'
import { columnOf, columnOfGateway, tableOf } from './report.ts'
import { interruptible, plansOf, runCampaign, startWorld, withResolved } from './run.ts'

const options = new Command('npm run campaign --')
  .option('--generations <number>', 'how many generations to request', Number, 500)
  .option('--seed <number>', 'the same seed gives the same faults', Number, 1)
  .option('--kills <number>', "how often the gateway's process is killed", Number, 3)
  .option('--width <number>', 'callers at a time', Number, 32)
  .option('--outages <number>', 'how often fal is down, plus once around the last kill', Number, 4)
  .option('--resolved <number>', 'how many a person resolves', Number, 6)
  .addOption(
    new Option('--history <which>', "what fal's history lists; of some, it refuses later")
      .choices(['all', 'some'] as const)
      .default('all' as const),
  )
  .option('--gateway-only', 'do not compare with fal.subscribe')
  .option(
    '--cut <number>',
    'another campaign: cuts off this many callers, without keys and with',
    Number,
    0,
  )
const MAX_SHOWN = 20
/** A verdict is accepted two minutes after a send; the webhook comes later, but still in time. */
const HOOK_AFTER_A_WORD_MS = 150_000
const LONG_HOOK_RETRIES_SECONDS = 200

const cutCampaign = async (count: number, width: number, seed: number): Promise<void> => {
  await using cleanUp = new AsyncDisposableStack()
  const world = cleanUp.use(await startCallersWorld())
  let broken = 0
  for (const withKey of [false, true]) {
    const cuts = await cutCallers(world, { count, width, seed }, withKey)
    const { uncut, before, beforePaidTwice, later, laterPaidTwice, unpaid } = cuts
    const name = withKey ? 'with an idempotency key' : 'without one'
    process.stdout.write(
      `${count} callers ${name}: ${uncut} were answered before they were cut off\n` +
        `  cut before fal had answered   ${before}, of which paid for twice ${beforePaidTwice}\n` +
        `  cut later, which goes unseen   ${later}, of which paid for twice ${laterPaidTwice}\n` +
        `  never paid for                ${unpaid}\n`,
    )
    broken += beforePaidTwice + unpaid + (withKey ? laterPaidTwice : 0)
  }
  if (broken > 0) throw new Error(`${broken} promises were broken (seed ${seed})`)
}

const campaign = async (signal: AbortSignal): Promise<void> => {
  const flags = options.parse().opts()
  const { generations: count, seed, kills, width, outages, resolved, history, cut } = flags
  if (cut > 0) return interruptible(signal, cutCampaign(cut, width, seed))
  const plans = withResolved(plansOf(count, seed), resolved, HOOK_AFTER_A_WORD_MS)
  const startedMs = Date.now()
  const say = (line: string): void => {
    const seconds = String(Math.round((Date.now() - startedMs) / 1000)).padStart(4)
    process.stdout.write(`${seconds} s  ${line}\n`)
  }

  await using cleanUp = new AsyncDisposableStack()
  const patienceSeconds = resolved > 0 ? LONG_HOOK_RETRIES_SECONDS : undefined
  const { emulator, gateway } = await startWorld(cleanUp, patienceSeconds)
  const killAt = Array.from({ length: kills }, (_, kill) => (kill + 1) / (kills + 1))
  const result = await interruptible(
    signal,
    runCampaign({ plans, emulator, gateway, killAt, outages, history, width, say }),
  )
  const jobs = () => emulator.emulator.jobs()
  const ours = columnOfGateway(plans.length, result.told, jobs())
  const ends = flags.gatewayOnly
    ? null
    : await interruptible(signal, subscribeAll(plans, emulator, width, say))
  const theirs = ends === null ? null : columnOf('sdk-', plans.length, ends, jobs())

  process.stdout.write(`\n${tableOf(ours, theirs)}\n\n`)
  if (result.wrong.length === 0) {
    say(`every promise was kept (seed ${seed}, ${killAt.length} kills)`)
    return
  }
  for (const line of result.wrong.slice(0, MAX_SHOWN)) say(line)
  throw new Error(`${result.wrong.length} promises were broken (seed ${seed})`)
}

await runScript(campaign)
