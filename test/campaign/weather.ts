/** fal's weather in a campaign: looks that fail now and then, and outages in which nothing is taken. */
import type { EmulatorServer } from '../../src/emulator/index.ts'
import { sleep } from './gateway.ts'
import { createTruth } from './truth.ts'

/** A connection that breaks shows as nothing but that: fal may have been there, or not. */
const SUBMIT = ['submit']
const EVERYTHING = ['submit', 'status', 'result', 'cancel']
/** In turn: of submits alone, and of everything, over before anyone has noticed, and not. */
const OUTAGES = [
  { ops: SUBMIT, forMs: 1000 },
  { ops: EVERYTHING, forMs: 1000 },
  { ops: SUBMIT, forMs: 10_000 },
  { ops: EVERYTHING, forMs: 10_000 },
] as const

/** Five on their way when it begins, and a test of fal after 1 and 6 seconds; one to spare. */
export const MOST_STRUCK_BY_AN_OUTAGE = 8
/** Long enough for a process to be killed in it, and to be back before it ends. */
const OUTAGE_OF_A_KILL_MS = 15_000

const FAL_AWAY_MS = 2000
const FAL_AWAY_EVERY_MS = 12_000
/** Much of what is asked is canceled or refused before it becomes a job. */
const SHARE_OF_JOBS = 0.6

export interface WeatherOptions {
  readonly emulator: EmulatorServer
  /** How many are asked for. */
  readonly asks: number
  readonly outages: number
  readonly say: (line: string) => void
}

export const createWeather = ({ emulator, asks, outages, say }: WeatherOptions) => {
  const { control } = createTruth(emulator)
  let isOver = false

  const fail = async (ops: readonly string[], fault: string | number, forMs: number) => {
    for (const op of ops) await control('/faults', { op, fault, for_ms: forMs, times: 1e6 })
  }

  const badLooks = async (): Promise<void> => {
    while (!isOver) {
      await sleep(FAL_AWAY_EVERY_MS)
      await fail(['status', 'result', 'cancel'], 503, FAL_AWAY_MS)
    }
  }

  const allOutages = async (): Promise<void> => {
    for (let index = 0; index < outages; index++) {
      const share = ((index + 1) / (outages + 1)) * SHARE_OF_JOBS
      while (!isOver && emulator.emulator.jobs().length < share * asks) await sleep(200)
      if (isOver) return
      const { ops, forMs } = OUTAGES[index % OUTAGES.length] ?? OUTAGES[0]
      say(`an outage of ${ops.join(', ')} for ${forMs} ms`)
      await fail(ops, 'reset', forMs)
      await sleep(forMs)
    }
  }

  return {
    begin: (): void => {
      // They may still be asleep when the emulator is gone.
      for (const going of [badLooks(), allOutages()]) void going.catch(() => undefined)
    },
    end: (): void => {
      isOver = true
    },
    /** An outage of submits around a kill; resolves as soon as `isNoticed`, or it is over. */
    strikeKill: async (isNoticed: () => Promise<boolean>): Promise<void> => {
      await fail(SUBMIT, 'reset', OUTAGE_OF_A_KILL_MS)
      const endMs = Date.now() + OUTAGE_OF_A_KILL_MS
      while (Date.now() < endMs && !(await isNoticed())) await sleep(100)
    },
  }
}
