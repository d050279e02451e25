/** The account's circuit breaker: fal's answers open and close it, and a probe tests it. */
import type { FalQueue } from '../../adapters/fal-queue.ts'
import { log, logError } from '../../adapters/log.ts'
import {
  answered,
  type Breaker,
  CLOSED,
  maxSending,
  probed,
  probing,
  readBreaker,
  type Signal,
  started,
} from '../../domain/breaker.ts'
import { phaseOf } from '../../domain/generation/transition.ts'
import type { Core } from '../core.ts'
import type { Change } from './journal.ts'

/** The key in `meta` of the breaker, which is absent while it is closed and nothing failed. */
const BREAKER = 'breaker'

export type FalBreaker = ReturnType<typeof createFalBreaker>

export const createFalBreaker = ({ meta, counts, journal, gate }: Core, fal: FalQueue) => {
  let isProbing = false

  const now = (): Breaker => readBreaker(meta.read(BREAKER))

  /** Called inside the transaction that records the answer. */
  const noteAnswered = (generationId: string, signal: Signal, nowMs: number): void =>
    write(answered(now(), generationId, signal, nowMs))

  /** When to probe fal. There is no probe while nothing waits to be sent. */
  const nextDueMs = (): number | null => {
    const breaker = now()
    return breaker.state === 'open' && counts.unsent() > 0 ? breaker.probeAtMs : null
  }

  const runDue = async (nowMs: number): Promise<void> => {
    if ((nextDueMs() ?? Infinity) > nowMs) return
    write(probing(now(), nowMs))
    isProbing = true
    const signal = await gate.run('look_up', () => fal.probe()).finally(() => (isProbing = false))
    // Through the journal, so that waiting generations are sent.
    journal.atomically(null, Date.now(), () => write(probed(now(), signal, Date.now())))
  }

  const write = (after: Breaker): void => {
    const before = now()
    const text = JSON.stringify(after)
    if (text === JSON.stringify(before)) return
    if (before.state !== after.state) log('breaker', { from: before.state, to: after.state })
    if (after === CLOSED) meta.remove(BREAKER)
    else meta.write(BREAKER, text)
  }

  return {
    isInMemory: true as const,
    now,
    maxSending: (): number => maxSending(now()),
    /** Whether nothing can be sent now, and no running probe could end the outage. */
    holdsUp: (): boolean => now().state === 'open' && !isProbing,
    /** Called inside the transaction that claims the request. */
    noteStarted: (generationId: string): void => write(started(now(), generationId)),
    noteAnswered,
    /** The generation that tests for an outage's end may be answered in another way, or never. */
    onChange: ({ before, after }: Change, nowMs: number): void => {
      const breaker = now()
      if (breaker.state !== 'half_open' || breaker.testedBy !== after.id) return
      if (before === null || phaseOf(before) !== 'sent' || phaseOf(after) === 'sent') return
      const isUnclear = after.unconfirmed || after.verdict === 'clock'
      noteAnswered(after.id, { type: isUnclear ? 'unclear' : 'clear' }, nowMs)
    },
    nextDueMs,
    runDue,
    /** A generation just admitted need not wait for the alarm. */
    afterCommit: (): void => {
      runDue(Date.now()).catch((error: unknown) => logError('probe_failed', error))
    },
  }
}
