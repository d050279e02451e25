/** fal's weather in a campaign: reads that fail now and then, and outages that accept nothing. */
import type { EmulatorServer } from '../../src/emulator/index.ts'
import { sleep } from './gateway.ts'
import { createTruth } from './truth.ts'

/** A broken connection says nothing more: fal may or may not have received the request. */
const SUBMIT = ['submit']
const EVERYTHING = ['submit', 'status', 'result', 'cancel']
/** In turn: submits only, then everything; too short for the gateway to notice, then long. */
const OUTAGES = [
  { ops: SUBMIT, forMs: 1000 },
  { ops: EVERYTHING, forMs: 1000 },
  { ops: SUBMIT, forMs: 10_000 },
  { ops: EVERYTHING, forMs: 10_000 },
] as const

/** Five requests in flight at its start, tests of fal after 1 and 6 seconds, and one to spare. */
export const MOST_STRUCK_BY_AN_OUTAGE = 8
/** Long enough for a process to be killed and to be back before it ends. */
const OUTAGE_OF_A_KILL_MS = 15_000

const FAL_AWAY_MS = 2000
const FAL_AWAY_EVERY_MS = 12_000
/** Many requests are canceled or refused before they become jobs. */
const SHARE_OF_JOBS = 0.6

export interface WeatherOptions {
  readonly emulator: EmulatorServer
  /** How many generations are requested. */
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
      // They may still be sleeping when the emulator is gone.
      for (const going of [badLooks(), allOutages()]) void going.catch(() => undefined)
    },
    end: (): void => {
      isOver = true
    },
    /** A submit outage around a kill; resolves when `isNoticed` or when the outage ends. */
    strikeKill: async (isNoticed: () => Promise<boolean>): Promise<void> => {
      await fail(SUBMIT, 'reset', OUTAGE_OF_A_KILL_MS)
      const endMs = Date.now() + OUTAGE_OF_A_KILL_MS
      while (Date.now() < endMs && !(await isNoticed())) await sleep(100)
    },
  }
}
