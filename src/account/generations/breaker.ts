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
import type { Timed } from '../timed.ts'
import type { Change, ChangeListener } from './journal.ts'

/** The key in `meta` of the breaker, which is absent while it is closed and nothing failed. */
const BREAKER = 'breaker'

export interface FalBreakerParts extends Pick<Core, 'meta' | 'counts' | 'journal' | 'gate'> {
  readonly fal: FalQueue
}

export class FalBreaker implements Timed, ChangeListener {
  readonly isInMemory = true
  readonly #parts: FalBreakerParts
  #isProbing = false

  constructor(parts: FalBreakerParts) {
    this.#parts = parts
  }

  now(): Breaker {
    return readBreaker(this.#parts.meta.read(BREAKER))
  }

  maxSending(): number {
    return maxSending(this.now())
  }

  /** Whether nothing can be sent now, and no running probe could end the outage. */
  holdsUp(): boolean {
    return this.now().state === 'open' && !this.#isProbing
  }

  /** Called inside the transaction that claims the request. */
  noteStarted(generationId: string): void {
    this.#write(started(this.now(), generationId))
  }

  /** Called inside the transaction that records the answer. */
  noteAnswered(generationId: string, signal: Signal, nowMs: number): void {
    this.#write(answered(this.now(), generationId, signal, nowMs))
  }

  /** The generation that tests for an outage's end may be answered in another way, or never. */
  onChange({ before, after }: Change, nowMs: number): void {
    const breaker = this.now()
    if (breaker.state !== 'half_open' || breaker.testedBy !== after.id) return
    if (before === null || phaseOf(before) !== 'sent' || phaseOf(after) === 'sent') return
    const isUnclear = after.unconfirmed || after.verdict === 'clock'
    this.noteAnswered(after.id, { type: isUnclear ? 'unclear' : 'clear' }, nowMs)
  }

  /** When to probe fal. There is no probe while nothing waits to be sent. */
  nextDueMs(): number | null {
    const breaker = this.now()
    return breaker.state === 'open' && this.#parts.counts.unsent() > 0 ? breaker.probeAtMs : null
  }

  /** A generation just admitted need not wait for the alarm. */
  afterCommit(): void {
    this.runDue(Date.now()).catch((error: unknown) => logError('probe_failed', error))
  }

  async runDue(nowMs: number): Promise<void> {
    if ((this.nextDueMs() ?? Infinity) > nowMs) return
    this.#write(probing(this.now(), nowMs))
    this.#isProbing = true
    const signal = await this.#parts.gate
      .run('look_up', () => this.#parts.fal.probe())
      .finally(() => (this.#isProbing = false))
    // Through the journal, so that waiting generations are sent.
    this.#parts.journal.atomically(null, Date.now(), () =>
      this.#write(probed(this.now(), signal, Date.now())),
    )
  }

  #write(after: Breaker): void {
    const { meta } = this.#parts
    const before = this.now()
    const text = JSON.stringify(after)
    if (text === JSON.stringify(before)) return
    if (before.state !== after.state) log('breaker', { from: before.state, to: after.state })
    if (after === CLOSED) meta.remove(BREAKER)
    else meta.write(BREAKER, text)
  }
}
