/** Generations whose callers lost their connection: each answers one repeat of its request. */
import type { Spending } from '../../domain/account.ts'
import {
  NEWS_MS,
  type Orphan,
  ORPHAN_MS,
  orphanFor,
  TAKEN_MS,
} from '../../domain/generation/orphan.ts'
import type { Core } from '../core.ts'
import type { Timed } from '../timed.ts'
import type { Sql } from '../sql.ts'

export class Orphans implements Timed {
  readonly #sql: Sql
  readonly #store: Core['store']
  /** Saves a POST the read while the table is empty; undefined until it was read. */
  #isEmpty: boolean | undefined
  readonly #open = new Map<string, Set<string>>()
  /** Functions that wake waiting requests, each with the identity it waits for. */
  readonly #waiting = new Map<() => void, string>()

  constructor({ sql, store }: Pick<Core, 'sql' | 'store'>) {
    this.#sql = sql
    this.#store = store
  }

  /**
   * Answers a request with the orphan that it takes, or as a new one.
   *
   * A caller may repeat its request before the news arrives that its connection broke. So if the
   * same request is still being answered, this waits a moment for that news.
   */
  async answer<T>(
    { id, identity }: Spending,
    work: (orphanId: string | undefined) => Promise<T>,
  ): Promise<T> {
    if (identity === undefined) return work(undefined)
    let orphanId = this.#take(id, identity, Date.now())
    while (orphanId === undefined && this.#open.has(identity)) {
      const isNews = await this.#news(identity)
      orphanId = this.#take(id, identity, Date.now())
      if (!isNews) break
    }
    const open = this.#open.get(identity) ?? new Set()
    this.#open.set(identity, open.add(id))
    try {
      return await work(orphanId)
    } finally {
      this.#close(id, identity)
    }
  }

  /**
   * Notes that the caller of a request is gone, whether the request is admitted by now or not. An
   * orphan that it had taken is free again. Noting it twice changes nothing.
   */
  callerGone(requestId: string, identity: string, nowMs: number): void {
    const untilMs = nowMs + ORPHAN_MS
    const again = this.#sql`UPDATE orphans SET taken_by = NULL, until_ms = ${untilMs}
      WHERE identity = ${identity} AND taken_by = ${requestId} RETURNING generation_id`
    if (again.length === 0) {
      this.#sql`INSERT OR IGNORE INTO orphans (identity, generation_id, until_ms, taken_by)
        VALUES (${identity}, ${requestId}, ${untilMs}, NULL)`
    }
    this.#isEmpty = false
    this.#close(requestId, identity)
    for (const [wake, awaited] of this.#waiting) if (awaited === identity) wake()
  }

  /** Pruning wakes nobody. */
  nextDueMs(): null {
    return null
  }

  runDue(nowMs: number): void {
    if (this.#checkEmpty()) return
    this.#sql`DELETE FROM orphans WHERE until_ms <= ${nowMs}`
    this.#isEmpty = undefined
  }

  /** The generation that answers a request, and no other request from now on. */
  #take(requestId: string, identity: string, nowMs: number): string | undefined {
    if (this.#checkEmpty() || this.#store.read(requestId) !== undefined) return undefined
    const noted = this.#sql<Orphan>`SELECT generation_id AS generationId, until_ms AS untilMs,
      taken_by AS takenBy FROM orphans WHERE identity = ${identity}`
    // A noted request may have been refused, or may not have arrived yet.
    const orphans = noted.filter(({ generationId }) => this.#store.read(generationId))
    const taken = orphanFor(requestId, orphans, nowMs)
    const gone = noted.find(({ generationId }) => generationId === requestId)
    if (taken === undefined) {
      // Nobody hears the answer to this request, so any that is being answered will do.
      return gone && this.#open.get(identity)?.values().next().value
    }
    this.#sql`UPDATE orphans
      SET taken_by = ${gone ? null : requestId}, until_ms = ${gone?.untilMs ?? nowMs + TAKEN_MS}
      WHERE identity = ${identity} AND generation_id = ${taken.generationId}`
    return taken.generationId
  }

  #close(requestId: string, identity: string): void {
    const open = this.#open.get(identity)
    open?.delete(requestId)
    if (open?.size === 0) this.#open.delete(identity)
  }

  #news(identity: string): Promise<boolean> {
    return new Promise((resolve) => {
      const wake = (isNews: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(told)
        resolve(isNews)
      }
      const told = () => wake(true)
      const timer = setTimeout(wake, NEWS_MS, false)
      this.#waiting.set(told, identity)
    })
  }

  #checkEmpty(): boolean {
    this.#isEmpty ??= this.#sql`SELECT 1 FROM orphans LIMIT 1`.length === 0
    return this.#isEmpty
  }
}
