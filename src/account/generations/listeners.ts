/** Callers that wait for a generation or watch it, and the view of it that they get. */
import { logError } from '../../adapters/log.ts'
import { isFinal } from '../../contract/status.ts'
import type { Patience, View } from '../../domain/account.ts'
import { expectedSeconds } from '../../domain/generation/admission.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import { type Expected, type Holdup, NO_HOLDUP } from '../../domain/generation/render.ts'
import type { Change, ChangeListener } from './journal.ts'
import type { Core } from '../core.ts'
import type { FalBreaker } from './breaker.ts'

export type Listener = (change: Change) => void

export interface ListenersParts extends Pick<Core, 'store' | 'counts'> {
  readonly breaker: FalBreaker
}

export class Listeners implements ChangeListener {
  readonly #parts: ListenersParts
  readonly #listeners = new Map<string, Set<Listener>>()
  #tellAudience = (_id: string, _isListening: boolean): void => undefined

  constructor(parts: ListenersParts) {
    this.#parts = parts
  }

  /** Calls `listener` when a generation gets its first listener, or loses its last. */
  onAudience(listener: (id: string, isListening: boolean) => void): void {
    this.#tellAudience = listener
  }

  /** Calls `listener` at each change; returns the function that stops it. */
  listen(id: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners)
    listeners.add(listener)
    if (listeners.size === 1) this.#tellAudience(id, true)
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return
      this.#listeners.delete(id)
      this.#tellAudience(id, false)
    }
  }

  hasAudience(id: string): boolean {
    return this.#listeners.has(id)
  }

  afterChange(change: Change): void {
    for (const listener of this.#listeners.get(change.after.id) ?? []) {
      // What is committed stays committed, even if a listener fails.
      try {
        listener(change)
      } catch (error) {
        logError('listener_failed', error, { generation_id: change.after.id })
      }
    }
  }

  holdup(): Holdup {
    const { counts, breaker } = this.#parts
    return {
      isFalAway: breaker.now().state !== 'closed',
      isFull: counts.room(Date.now()) === 0,
    }
  }

  /** A generation as its readers get it, with the usual duration of its kind. */
  view(record: GenerationRecord): View {
    if (isFinal(record.status)) return { record, expected: null, holdup: NO_HOLDUP }
    return { record, expected: this.#expectedOf(record), holdup: this.holdup() }
  }

  /** The same as of now, or of `known` if it is no longer stored. */
  viewNow(known: GenerationRecord): View {
    return this.view(this.#parts.store.read(known.id)?.record ?? known)
  }

  /** The generation once it is what the caller waits for, or when the caller's patience ends. */
  async viewAfter(id: string, patience: Patience): Promise<View | null> {
    const isEnough = (record: GenerationRecord) =>
      isFinal(record.status) ||
      (patience.for === 'answer' && (record.status !== 'submitting' || record.unconfirmed))
    const { store, breaker } = this.#parts
    const record = store.read(id)?.record
    if (record === undefined) return null
    // While fal is away nothing is sent, so a caller that waits for fal is answered at once.
    const isHeldUp = patience.for === 'answer' && record.sentAtMs === null && breaker.holdsUp()
    if (!isEnough(record) && !isHeldUp && patience.ms > 0)
      await this.#until(id, isEnough, patience.ms)
    return this.viewNow(record)
  }

  #until(
    id: string,
    isEnough: (record: GenerationRecord) => boolean,
    timeoutMs: number,
  ): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.listen(id, ({ after }) => {
        if (isEnough(after)) finish()
      })
      const timer = setTimeout(() => finish(), timeoutMs)
      const finish = () => {
        clearTimeout(timer)
        stop()
        resolve()
      }
    })
  }

  #expectedOf({ input }: GenerationRecord): Expected | null {
    const { resolution, duration } = input
    return expectedSeconds(this.#parts.store.pastDurationsMs(resolution, duration, Date.now()))
  }
}
