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

/** The name in `meta` of the breaker, unless it is closed and nothing failed. */
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

  /** How many requests may be on their way, those that are included. */
  maxSending(): number {
    return maxSending(this.now())
  }

  /** Whether nothing can be sent for now, with no probe under way that could end the outage. */
  holdsUp(): boolean {
    return this.now().state === 'open' && !this.#isProbing
  }

  /** Notes that a request is sent. Called inside the transaction that claims it. */
  noteStarted(generationId: string): void {
    this.#write(started(this.now(), generationId))
  }

  /** Notes what the answer to it says. Called inside the transaction that records the answer. */
  noteAnswered(generationId: string, signal: Signal, nowMs: number): void {
    this.#write(answered(this.now(), generationId, signal, nowMs))
  }

  /** The one that tests whether the outage is over may learn by another way, or never. */
  onChange({ before, after }: Change, nowMs: number): void {
    const breaker = this.now()
    if (breaker.state !== 'half_open' || breaker.testedBy !== after.id) return
    if (before === null || phaseOf(before) !== 'sent' || phaseOf(after) === 'sent') return
    const isUnclear = after.unconfirmed || after.verdict === 'clock'
    this.noteAnswered(after.id, { type: isUnclear ? 'unclear' : 'clear' }, nowMs)
  }

  /** When to ask whether fal is back. Nobody asks while nothing waits for it. */
  nextDueMs(): number | null {
    const breaker = this.now()
    return breaker.state === 'open' && this.#parts.counts.unsent() > 0 ? breaker.probeAtMs : null
  }

  /** What has just been admitted need not wait for the alarm. */
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
    // As a change of the account's, so that what waits is sent.
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
