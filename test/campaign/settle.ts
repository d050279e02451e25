/** Waits until all of a campaign's generations end; a person gives verdicts if fal stays silent. */
import type { Generation } from '../../src/contract/generation.ts'
import { type createCaller, tagOf } from './caller.ts'
import { type KillableGateway, sleep } from './gateway.ts'

/** The gateway gives up sooner than this: if nothing ends for this long, something hangs. */
const HANGS_MS = 300_000
/** How long the gateway looks for a refused job in fal's history, and again after a kill. */
const HISTORY_MS = 150_000
const LOOK_EVERY_MS = 5000

export interface Settling {
  readonly caller: ReturnType<typeof createCaller>
  readonly gateway: KillableGateway
  /** Whether a person gives a verdict on it, as soon as the gateway accepts one. */
  readonly isAskedAbout: (tag: string) => boolean
  readonly say: (line: string) => void
}

/** Returns all generations at their end, and the person's verdicts on whether each was charged. */
export const settle = async (settling: Settling) => {
  const { caller, gateway, isAskedAbout, say } = settling
  let fewest = Infinity
  let fewerAtMs = Date.now()
  const words = new Map<string, boolean>()

  const ask = async ({ id, input, unconfirmed }: Generation): Promise<void> => {
    const tag = tagOf(input.prompt)
    if (!unconfirmed || words.has(tag) || !isAskedAbout(tag)) return
    // The person is wrong about every second one, until fal reports.
    const word = words.size % 2 === 0
    if (await caller.resolve(id, word)) words.set(tag, word)
  }

  /** A generation that ended without fal's report still waits for a webhook, or for the history. */
  const isOver = ({ finished_at, error, input }: Generation): boolean => {
    if (finished_at === null || error?.listening_until === undefined) return finished_at !== null
    return !words.has(tagOf(input.prompt)) && Date.now() - Date.parse(finished_at) > HISTORY_MS
  }

  for (;;) {
    await gateway.tick()
    for (const one of await caller.list()) await ask(one)
    const generations = await caller.list()
    const open = generations.filter((one) => !isOver(one))
    if (open.length < fewest) {
      fewest = open.length
      fewerAtMs = Date.now()
    }
    if (open.length === 0 || Date.now() - fewerAtMs > HANGS_MS) return { generations, words }
    const few = open
      .slice(0, 3)
      .map((one) => tagOf(one.input.prompt) + (one.unconfirmed ? 'unconfirmed' : one.status))
    say(`${open.length} of ${generations.length} are still open, such as ${few.join(', ')}`)
    await sleep(LOOK_EVERY_MS)
  }
}
