/** Who wants to hear of a generation's changes, as they happen. */
import { logError } from '../../adapters/log.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { News } from './journal.ts'

export type Listener = (news: News) => void

export class NewsDesk {
  readonly #listeners = new Map<string, Set<Listener>>()
  /** Called when a generation gets its first listener, or loses its last. */
  readonly #onAudience: (id: string, listening: boolean) => void

  constructor(onAudience: (id: string, listening: boolean) => void) {
    this.#onAudience = onAudience
  }

  /** Starts telling `listener`; the function that comes back stops it. */
  listen(id: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners)
    listeners.add(listener)
    if (listeners.size === 1) this.#onAudience(id, true)
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return
      this.#listeners.delete(id)
      this.#onAudience(id, false)
    }
  }

  hasAudience(id: string): boolean {
    return this.#listeners.has(id)
  }

  tell(news: News): void {
    for (const listener of this.#listeners.get(news.record.id) ?? []) {
      // What is written stays written, whatever becomes of one that listens.
      try {
        listener(news)
      } catch (error) {
        logError('listener_failed', error, { generation_id: news.record.id })
      }
    }
  }

  /**
   * Waits until a generation satisfies `enough`, at most `timeoutMs`. Answers
   * whether it did; the state itself is the store's to tell.
   */
  until(
    id: string,
    enough: (record: GenerationRecord) => boolean,
    timeoutMs: number,
  ): Promise<boolean> {
    return new Promise((resolve) => {
      const stop = this.listen(id, ({ record }) => {
        if (enough(record)) finish(true)
      })
      const timer = setTimeout(() => finish(false), timeoutMs)
      const finish = (satisfied: boolean) => {
        clearTimeout(timer)
        stop()
        resolve(satisfied)
      }
    })
  }
}
