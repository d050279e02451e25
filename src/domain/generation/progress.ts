/** What a status of an open generation changes: queue position, progress, doubtful failures. */
import { changed, failed, presumed, same, type Step } from './change.ts'
import { longestEndMs } from './deadlines.ts'
import type { Failure, GenerationRecord } from './generation.ts'
import type { Fact } from './observation.ts'

/** Three doubtful results are believed if a minute passes from first to last. */
const DOUBTS_NEEDED = 3
const DOUBTS_SPAN_MS = 60_000

/** A look shows its queue position. It times out past every time at which it can be queued. */
export const stillQueued: Step<number | null> = (generation, position, nowMs) => {
  if (nowMs > longestEndMs(generation)) return presumed(generation, 'timed_out', nowMs)
  if (generation.status !== 'queued' || position === null) return same(generation)
  if (position === generation.queuePosition) return same(generation)
  return {
    generation: { ...generation, queuePosition: position },
    events: [{ type: 'generation.queue_position', queuePosition: position }],
  }
}

/** A look shows that it is or was running; new log lines become events. */
export const running: Step<Fact<'running'>> = (before, { logs, over }, nowMs) => {
  const generation = over === true ? before : sure(before)
  if (over !== true && nowMs > longestEndMs(generation)) {
    return presumed(generation, 'timed_out', nowMs)
  }
  const fresh = logs.slice(generation.logCount)
  const starts = generation.status === 'queued'
  if (!starts && fresh.length === 0) return same(generation)
  return {
    generation: {
      ...generation,
      status: 'in_progress',
      queuePosition: null,
      startedAtMs: generation.startedAtMs ?? nowMs,
      logCount: generation.logCount + fresh.length,
    },
    events: [
      ...(starts ? [{ type: 'generation.in_progress' } as const] : []),
      ...fresh.map((line) => ({ type: 'generation.log', line }) as const),
    ],
  }
}

/** A look that says pending clears the doubts: only consecutive ones count. */
export const sure = (generation: GenerationRecord): GenerationRecord =>
  generation.doubt === null ? generation : { ...generation, doubt: null }

export const doubted: Step<Failure> = (generation, failure, nowMs) => {
  const { count, sinceMs } = generation.doubt ?? { count: 0, sinceMs: nowMs }
  return count + 1 >= DOUBTS_NEEDED && nowMs - sinceMs >= DOUBTS_SPAN_MS
    ? failed(generation, { failure }, nowMs)
    : changed(generation, { doubt: { count: count + 1, sinceMs } })
}
