/**
 * The circuit breaker: decides whether anything is sent to fal. In an outage every request ends
 * unclear and may be paid for, so after a few of them nothing is sent until fal is back.
 *
 * @see https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker
 */
import { readDocument } from './document.ts'

export type Breaker =
  | { readonly state: 'closed'; readonly unclearInARow: number }
  /** Nothing is sent. A probe, which costs nothing, asks whether fal is back. */
  | (Outage & { readonly state: 'open'; readonly failedProbes: number; readonly probeAtMs: number })
  /** fal has answered a probe: one request may be sent. */
  | (Outage & { readonly state: 'ready' })
  | (Outage & { readonly state: 'half_open'; readonly testedBy: string })

interface Outage {
  readonly sinceMs: number
  /** How long to pause if the next request fails too. */
  readonly pauseMs: number
}

/** What an answer from fal, or its absence, says about fal itself. */
export type Signal =
  | { readonly type: 'clear' | 'unclear' }
  /** fal says that it takes nothing now. `retryAfterMs` is null if it does not say for how long. */
  | { readonly type: 'unavailable'; readonly retryAfterMs: number | null }

export const CLOSED: Breaker = { state: 'closed', unclearInARow: 0 }

export const MAX_SENDING = 5
const MAX_UNCLEAR_IN_A_ROW = 3
const FIRST_PROBE_MS = 1000
const LONGEST_PROBE_GAP_MS = 60_000
const FIRST_PAUSE_MS = 5000
const LONGEST_PAUSE_MS = 15 * 60_000
/** A probe without an answer after this long is sent again. */
const PROBE_LEASE_MS = 30_000

/** Reads a stored breaker. None is stored until the first trouble. */
export const readBreaker = (text: string | undefined): Breaker =>
  text === undefined ? CLOSED : readDocument<Breaker>(text)

/** How many requests may be in flight, including those that already are. */
export const maxSending = (breaker: Breaker): number => {
  // Each unclear one takes a place, so that at most five are unclear when it opens.
  if (breaker.state === 'closed') return MAX_SENDING - breaker.unclearInARow
  return breaker.state === 'ready' ? 1 : 0
}

/** A request is sent. The first one after an outage tests whether it is over. */
export const started = (breaker: Breaker, generationId: string): Breaker =>
  breaker.state === 'ready' ? { ...breaker, state: 'half_open', testedBy: generationId } : breaker

/** A request ended, with or without an answer. One from before the opening says nothing new. */
export const answered = (
  breaker: Breaker,
  generationId: string,
  signal: Signal,
  nowMs: number,
): Breaker => {
  if (breaker.state === 'closed') {
    if (signal.type === 'clear') return breaker.unclearInARow === 0 ? breaker : CLOSED
    const unclearInARow = breaker.unclearInARow + 1
    if (signal.type === 'unclear' && unclearInARow < MAX_UNCLEAR_IN_A_ROW) {
      return { state: 'closed', unclearInARow }
    }
    const outage = { sinceMs: nowMs, pauseMs: FIRST_PAUSE_MS }
    return opened(outage, nowMs + waitMs(FIRST_PROBE_MS, signal))
  }
  if (breaker.state !== 'half_open' || breaker.testedBy !== generationId) return breaker
  if (signal.type === 'clear') return CLOSED
  const { sinceMs, pauseMs } = breaker
  const outage = { sinceMs, pauseMs: Math.min(pauseMs * 2, LONGEST_PAUSE_MS) }
  return opened(outage, nowMs + waitMs(pauseMs, signal))
}

/** A probe begins. No other begins until it is answered, or lost with its process. */
export const probing = (breaker: Breaker, nowMs: number): Breaker =>
  breaker.state === 'open' ? { ...breaker, probeAtMs: nowMs + PROBE_LEASE_MS } : breaker

export const probed = (breaker: Breaker, signal: Signal, nowMs: number): Breaker => {
  if (breaker.state !== 'open') return breaker
  const { sinceMs, pauseMs } = breaker
  if (signal.type === 'clear') return { state: 'ready', sinceMs, pauseMs }
  const failedProbes = breaker.failedProbes + 1
  const gapMs = Math.min(FIRST_PROBE_MS * 2 ** failedProbes, LONGEST_PROBE_GAP_MS)
  return { ...breaker, failedProbes, probeAtMs: nowMs + waitMs(gapMs, signal) }
}

const opened = (outage: Outage, probeAtMs: number): Breaker => ({
  ...outage,
  state: 'open',
  failedProbes: 0,
  probeAtMs,
})

/** As long as fal asks for, within limits. */
const waitMs = (leastMs: number, signal: Signal): number => {
  const askedMs = signal.type === 'unavailable' ? (signal.retryAfterMs ?? 0) : 0
  return Math.max(leastMs, Math.min(askedMs, LONGEST_PAUSE_MS))
}
