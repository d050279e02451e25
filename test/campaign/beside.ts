/** The same requests through the same faults, with `fal.subscribe` of the unmodified client. */
import type { EmulatorServer } from '../../src/emulator/index.ts'
import { createClient, MODEL } from './fal-client.ts'
import { promptOf } from './fate.ts'
import { pool } from './pool.ts'
import type { Plan } from './run.ts'

/** What a caller of `fal.subscribe` ended up with. */
export interface Subscribed {
  readonly tag: string
  readonly end: 'video' | 'reason' | 'no_reason'
}

const POLL_MS = 300

/** `reason` is a fal error whose body says why; anything else leaves the caller guessing. */
export const subscribeAll = async (
  plans: readonly Plan[],
  emulator: EmulatorServer,
  width: number,
  say: (line: string) => void,
): Promise<Subscribed[]> => {
  const fal = createClient(emulator)
  const ends: Subscribed[] = []
  const progress = setInterval(() => say(`${ends.length} of ${plans.length} subscribed`), 5000)
  await pool(plans, width, async ({ fate }, index) => {
    const tag = `sdk-${index}-`
    const input = { prompt: promptOf(fate, tag) }
    const end = await fal
      .subscribe(MODEL, { input, pollInterval: POLL_MS, startTimeout: 2, timeout: 30_000 })
      .then(({ data }) => (hasVideo(data) ? 'video' : 'no_reason'))
      .catch((error: unknown) => (saysWhy(error) ? 'reason' : 'no_reason'))
    ends.push({ tag, end })
  })
  clearInterval(progress)
  return ends
}

const hasVideo = (data: unknown): boolean => typeof Object(Object(data).video).url === 'string'

/** A bare 5xx says neither whether fal accepted the job nor what became of it. */
const saysWhy = (error: unknown): boolean => {
  const { status, body } = Object(error)
  if (typeof status !== 'number' || typeof body !== 'object' || body === null) return false
  return status < 500 || Array.isArray(body.detail) || 'error_type' in body
}
