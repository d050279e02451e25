/** A campaign against the gateway: many generations, everything that can fail, and kill -9 in between. */
import * as fc from 'fast-check'
import type { EmulatorServer } from '../../src/emulator/index.ts'
import { createCaller, tagOf } from './caller.ts'
import { anyFate, type Fate, promptOf, provesNothing, saysNo } from './fate.ts'
import { type KillableGateway, sleep } from './gateway.ts'
import { type Expected, judge, type Told, type Truth } from './judge.ts'
import { pool } from './pool.ts'
import { createTruth } from './truth.ts'

export interface Plan {
  readonly fate: Fate
  /** What its caller does after asking. */
  readonly next: 'wait' | 'ask_again' | 'cancel' | 'read'
  readonly nextAfterMs: number
}

export interface CampaignOptions {
  readonly plans: readonly Plan[]
  readonly emulator: EmulatorServer
  readonly gateway: KillableGateway
  /** After which shares of the creates the process is killed. */
  readonly killAt: readonly number[]
  readonly width: number
  readonly say: (line: string) => void
}

export interface CampaignResult {
  readonly told: readonly Told[]
  readonly truth: readonly Truth[]
  /** Broken promises, in words. */
  readonly wrong: readonly string[]
}

const LONGEST_MS = 1200
const FAL_AWAY_MS = 2000
/** An answer takes this long at most to be understood: one with an id is looked up, twice at times. */
const ANSWER_MS = 10_000
const FAL_AWAY_EVERY_MS = 12_000
/** The crash of a process costs at most the lease of a submit and the wait for its webhook. */
const MAX_SETTLING_MS = 300_000

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

const tagAt = (index: number): string => `tag-${index}-`

export const runCampaign = async (options: CampaignOptions): Promise<CampaignResult> => {
  const { plans, emulator, gateway, width, say } = options
  const caller = createCaller(gateway.url)
  const truth = createTruth(emulator)
  const killedMs: [number, number][] = []
  let asked = 0
  let over = false

  /** fal's front fails for a while, again and again. */
  const weather = async (): Promise<void> => {
    while (!over) {
      await sleep(FAL_AWAY_EVERY_MS)
      for (const op of ['status', 'result', 'cancel']) {
        await truth.control('/faults', { op, fault: 503, for_ms: FAL_AWAY_MS, times: 1e6 })
      }
    }
  }

  const killer = async (): Promise<void> => {
    for (const share of options.killAt) {
      while (asked < share * plans.length) await sleep(20)
      const killMs = Date.now()
      await gateway.kill()
      await gateway.start()
      killedMs.push([killMs, Date.now()])
      say(`killed after ${asked} were asked; back after ${Date.now() - killMs} ms`)
    }
  }

  const one = async ({ fate, next, nextAfterMs }: Plan, index: number): Promise<void> => {
    const tag = tagAt(index)
    const prompt = promptOf(fate, tag)
    const id = await caller.create(prompt, tag)
    asked++
    if (next === 'wait') return
    await sleep(nextAfterMs)
    if (next === 'cancel') await caller.cancel(id)
    if (next === 'read') await caller.read(id)
    if (next === 'ask_again' && (await caller.create(prompt, tag)) !== id) {
      throw new Error(`${tag}: the same key made another generation`)
    }
  }

  const progress = setInterval(() => say(`${asked} of ${plans.length} asked`), 5000)
  // It may still be asleep when the emulator is gone.
  void weather().catch(() => undefined)
  await Promise.all([pool(plans, width, one), killer()])
  clearInterval(progress)
  const generations = await settled(caller.list, gateway, say)
  over = true

  const told: Told[] = []
  await pool(generations, width, async (generation) => {
    told.push(await caller.tell(generation))
  })
  const [jobs, submits] = [await truth.read(), await truth.submits()]
  const diedWith = (tag: string) =>
    (submits.get(tag) ?? []).some((atMs) =>
      killedMs.some(([fromMs, untilMs]) => atMs >= fromMs - ANSWER_MS && atMs <= untilMs),
    )
  const expected = plans.map(({ fate }, index): Expected => {
    const tag = tagAt(index)
    const mine = told.find((generation) => generation.tag === tag)
    const isUnconfirmed = mine?.code === 'submission_unconfirmed'
    // A killed process may have sent it or not, and had the answer or not: either end is right.
    const neverArrived = killedMs.length > 0 && !submits.has(tag)
    const mayBeLost = neverArrived || diedWith(tag)
    // What was canceled before it was sent has no answer to lose.
    const isUnproven = provesNothing(fate) && submits.has(tag)
    return { tag, saidNo: saysNo(fate), answerLost: isUnproven || (mayBeLost && isUnconfirmed) }
  })
  const sentTwice = [...submits].filter(([, times]) => times.length > 1)
  /** What a reader needs to see why: how fal answered, and how long before a kill it was asked. */
  const story = (complaint: string): string => {
    const index = plans.findIndex((_, at) => complaint.startsWith(`${tagAt(at)}:`))
    const [sentMs = Number.NaN] = submits.get(tagAt(index)) ?? []
    const beforeMs = killedMs.map(([fromMs]) => fromMs - sentMs).find((ms) => ms > 0)
    return `${complaint} (submit=${plans[index]?.fate.submit}, ${beforeMs} ms before a kill)`
  }
  const wrong = [
    ...judge(expected, told, jobs).map(story),
    ...sentTwice.map(([tag, times]) => `${tag}: was sent to fal ${times.length} times`),
  ]
  return { told, truth: jobs, wrong }
}

const settled = async (
  list: () => ReturnType<ReturnType<typeof createCaller>['list']>,
  gateway: KillableGateway,
  say: (line: string) => void,
) => {
  const startedMs = Date.now()
  for (;;) {
    await gateway.tick()
    const all = await list()
    const open = all.filter(({ finished_at }) => finished_at === null)
    if (open.length === 0 || Date.now() - startedMs > MAX_SETTLING_MS) return all
    const few = open.slice(0, 3).map((one) => {
      const state = one.unconfirmed ? 'unconfirmed' : one.status
      return `${tagOf(one.input.prompt)}${state}`
    })
    say(`${open.length} of ${all.length} are still open, such as ${few.join(', ')}`)
    await sleep(5000)
  }
}
