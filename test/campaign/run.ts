/** A campaign against the gateway: many generations, every fault, and kill -9 in between. */
import * as fc from 'fast-check'
import type { EmulatorServer } from '../../src/emulator/index.ts'
import { createCaller } from './caller.ts'
import { anyFate, type Fate, promptOf, provesNothing, saysNo } from './fate.ts'
import { type KillableGateway, sleep, startBoth } from './gateway.ts'
import { type Expected, judge, type Told } from './judge.ts'
import { judgeDelivery, judgeLedger } from './money.ts'
import { pool } from './pool.ts'
import { settle } from './settle.ts'
import { createTruth, type Submit } from './truth.ts'
import { createWeather, MOST_STRUCK_BY_AN_OUTAGE } from './weather.ts'

export interface Plan {
  readonly fate: Fate
  /** What its caller does after the create. */
  readonly next: 'wait' | 'ask_again' | 'cancel' | 'read' | 'resolve'
  readonly nextAfterMs: number
}

export interface CampaignOptions {
  readonly plans: readonly Plan[]
  readonly emulator: EmulatorServer
  readonly gateway: KillableGateway
  /** The shares of the creates after which the process is killed. */
  readonly killAt: readonly number[]
  /** How many outages there are besides the one around the last kill. */
  readonly outages: number
  /** `some`: it omits a fifth and all open jobs, and fal refuses it from the middle on. */
  readonly history: 'all' | 'some'
  readonly width: number
  /** How many start per second; default: as fast as they are answered. */
  readonly perSecond?: number
  /** Called with the time that each POST took, resends included. */
  readonly onAnswered?: (ms: number) => void
  readonly say: (line: string) => void
}

const LONGEST_MS = 1200
/** The longest time to understand an answer: one with an id is looked up, sometimes twice. */
const ANSWER_MS = 10_000

/** The same plans for the same seed. */
export const plansOf = (count: number, seed: number): Plan[] =>
  fc.sample(
    fc.record({
      fate: anyFate(LONGEST_MS),
      next: fc.oneof(
        { arbitrary: fc.constant('wait' as const), weight: 5 },
        { arbitrary: fc.constantFrom('ask_again' as const, 'cancel', 'read'), weight: 5 },
      ),
      nextAfterMs: fc.nat(LONGEST_MS),
    }),
    { numRuns: count, seed },
  )

/**
 * Adds plans now and then whose only sign of life is a webhook, long after a person has been asked
 * for a verdict.
 *
 * @param lateMs when that webhook comes
 */
export const withResolved = (plans: readonly Plan[], count: number, lateMs: number): Plan[] =>
  plans.flatMap((plan, index) =>
    index % RESOLVED_EVERY === 0 && index / RESOLVED_EVERY < count
      ? [
          { fate: { ...RESOLVED, webhook: `late:${lateMs}` }, next: 'resolve', nextAfterMs: 0 },
          plan,
        ]
      : [plan],
  )

/** Rare enough that the gateway does not see an outage. */
const RESOLVED_EVERY = 10
const RESOLVED: Omit<Fate, 'webhook'> = {
  submit: 'lost',
  outcome: 'ok',
  cancel: 'confirmed',
  queueMs: 0,
  renderMs: 0,
}

/**
 * What a campaign runs against: a fal that resends webhooks quickly, and the gateway. Times are
 * short: the gateway gives up a lost answer after a start, a run and these seconds. They stay above
 * the minute after which it resumes work that died with a process.
 */
export const startWorld = async (cleanUp: AsyncDisposableStack, hookRetriesSeconds = 75) => {
  const vars = { HOOK_RETRIES_SECONDS: hookRetriesSeconds }
  const { emulator, gateway } = await startBoth(cleanUp, {}, vars)
  const settings = { webhook_retry_ms: 250, webhook_timeout_ms: 3000 }
  await createTruth(emulator).control('/settings', settings)
  return { emulator, gateway }
}

/** Settles as `work` does, or rejects as soon as the signal aborts and abandons `work`. */
export const interruptible = <Result>(
  signal: AbortSignal,
  work: Promise<Result>,
): Promise<Result> => {
  const interruption = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  return Promise.race([work, interruption])
}

const tagAt = (index: number): string => `tag-${index}-`

/** Returns what callers were told, and the broken promises in words. */
export const runCampaign = async (options: CampaignOptions) => {
  const { plans, emulator, gateway, width, say } = options
  const caller = createCaller(gateway.url)
  const truth = createTruth(emulator)
  const killedMs: [number, number][] = []
  const weather = createWeather({ emulator, asks: plans.length, outages: options.outages, say })
  let asked = 0
  const beganMs = Date.now()

  const killer = async (): Promise<void> => {
    for (const share of options.killAt) {
      while (asked < share * plans.length) await sleep(20)
      const isInOutage = options.outages > 0 && share === options.killAt.at(-1)
      if (isInOutage) await weather.strikeKill(caller.isFalAway)
      const killMs = Date.now()
      await gateway.kill()
      await gateway.start()
      killedMs.push([killMs, Date.now()])
      if (isInOutage) say(`killed in an outage; fal is down: ${await caller.isFalAway()}`)
      say(`killed after ${asked} requests; back after ${Date.now() - killMs} ms`)
    }
  }

  const refuser = async (): Promise<void> => {
    while (asked < plans.length / 2) await sleep(20)
    if (options.history === 'all') return
    await truth.control('/faults', { op: 'history', fault: 403, times: 1e9 })
    say('fal refuses to show its history from now on')
  }

  const one = async ({ fate, next, nextAfterMs }: Plan, index: number): Promise<void> => {
    const tag = tagAt(index)
    // If a person is to be asked, fal's history must not find the job first.
    const prompt = promptOf(fate, tag, next === 'resolve' ? ' history=never' : '')
    const dueMs = beganMs + (index * 1000) / (options.perSecond ?? Infinity)
    if (dueMs > Date.now()) await sleep(dueMs - Date.now())
    const sentMs = Date.now()
    const id = await caller.create(prompt, tag)
    options.onAnswered?.(Date.now() - sentMs)
    asked++
    if (next === 'wait' || next === 'resolve') return
    await sleep(nextAfterMs)
    if (next === 'cancel') await caller.cancel(id)
    if (next === 'read') await caller.read(id)
    if (next === 'ask_again' && (await caller.create(prompt, tag)) !== id) {
      throw new Error(`${tag}: the same key made another generation`)
    }
  }

  const progress = setInterval(() => say(`${asked} of ${plans.length} requested`), 5000)
  weather.begin()
  if (options.history === 'some') {
    await truth.control('/settings', { history_unlisted: 0.2, history_queued: false })
  }
  await Promise.all([pool(plans, width, one), killer(), refuser()])
  clearInterval(progress)
  const isAskedAbout = (tag: string): boolean =>
    plans.some(({ next }, index) => next === 'resolve' && tagAt(index) === tag)
  const { generations, words } = await settle({ caller, gateway, isAskedAbout, say })
  weather.end()

  const told: Told[] = []
  await pool(generations, width, async (generation) => {
    told.push(await caller.tell(generation))
  })
  const [jobs, submits] = [await truth.read(options.history === 'all'), await truth.submits()]
  const diedWith = (tag: string) =>
    (submits.get(tag) ?? []).some(({ atMs }) =>
      killedMs.some(([fromMs, untilMs]) => atMs >= fromMs - ANSWER_MS && atMs <= untilMs),
    )
  /** A request during an outage meets the outage instead of its own fate. */
  const isStruck = (index: number): boolean =>
    plans[index]?.fate.submit !== 'reset' && answersTo(submits, tagAt(index)).includes('reset')
  const struck = plans.filter((_, index) => isStruck(index)).length
  const outages = options.outages + (options.outages > 0 && options.killAt.length > 0 ? 1 : 0)
  say(`${outages} outages hit ${struck}; a person resolved ${words.size}`)
  const expected = plans.map(({ fate }, index): Expected => {
    const tag = tagAt(index)
    const mine = told.find((generation) => generation.tag === tag)
    const isUnconfirmed = mine?.code === 'submission_unconfirmed'
    // A killed process may or may not have sent it and got its answer: either end is right.
    const neverArrived = killedMs.length > 0 && !submits.has(tag)
    const mayBeLost = neverArrived || diedWith(tag)
    // A request that was canceled before it was sent has no answer to lose.
    const isUnproven = provesNothing(fate) && submits.has(tag)
    const word = words.get(tag)
    return {
      tag,
      saidNo: saysNo(fate) && !isStruck(index),
      answerLost: isUnproven || isStruck(index) || (mayBeLost && isUnconfirmed),
      ...(word === undefined ? {} : { word }),
    }
  })
  const sentTwice = [...submits].filter(([, times]) => times.length > 1)
  /** Adds what a reader needs to see why: fal's answer, and the time from the send to a kill. */
  const story = (complaint: string): string => {
    const index = plans.findIndex((_, at) => complaint.startsWith(`${tagAt(at)}:`))
    const sentMs = submits.get(tagAt(index))?.[0]?.atMs ?? Number.NaN
    const beforeMs = killedMs.map(([fromMs]) => fromMs - sentMs).find((ms) => ms > 0)
    const answers = answersTo(submits, tagAt(index)).join(', ')
    return (
      `${complaint} (submit=${plans[index]?.fate.submit}, answered ${answers}, ` +
      `${beforeMs} ms before a kill)`
    )
  }
  const days = generations.map(({ created_at }) => created_at.slice(0, 10)).toSorted()
  const usage = await caller.usage(days[0] ?? '', days.at(-1) ?? '')
  const wrong = [
    ...judge(expected, told, jobs).map(story),
    ...sentTwice.map(([tag, times]) => `${tag}: was sent to fal ${times.length} times`),
    ...judgeDelivery(truth.jobs(), told, options.history),
    ...judgeLedger(generations, usage.total),
    ...(struck > outages * MOST_STRUCK_BY_AN_OUTAGE ? [`${outages} outages hit ${struck}`] : []),
  ]
  return { told, wrong }
}

const answersTo = (submits: ReadonlyMap<string, Submit[]>, tag: string) =>
  (submits.get(tag) ?? []).map(({ answer }) => answer)
