/** Generations whose callers lost their connection: each answers one repeat of its request. */
import type { Spending } from '../../domain/generation/calls.ts'
import {
  NEWS_MS,
  type Orphan,
  ORPHAN_MS,
  orphanFor,
  TAKEN_MS,
} from '../../domain/generation/orphan.ts'
import type { Core } from '../core.ts'
import { isDoneWithin } from '../patience.ts'

export const createOrphans = ({ sql, store }: Core) => {
  /** Saves a POST the read while the table is empty; undefined until it was read. */
  let isKnownEmpty: boolean | undefined
  /** The requests that are being answered, each with its identity. */
  const answering = new Map<string, string>()
  /** Functions that wake waiting requests, each with the identity it waits for. */
  const waiting = new Map<() => void, string>()

  /**
   * Answers a request with the orphan that it takes, or as a new one.
   *
   * A caller may repeat its request before the news arrives that its connection broke. So if the
   * same request is still being answered, this waits a moment for that news.
   */
  const answer = async <T>(
    { id, identity }: Spending,
    work: (orphanId: string | undefined) => Promise<T>,
  ): Promise<T> => {
    if (identity === undefined) return work(undefined)
    let orphanId = take(id, identity, Date.now())
    while (orphanId === undefined && firstOpen(identity) !== undefined) {
      const isNews = await news(identity)
      orphanId = take(id, identity, Date.now())
      if (!isNews) break
    }
    answering.set(id, identity)
    try {
      return await work(orphanId)
    } finally {
      answering.delete(id)
    }
  }

  /**
   * Notes that the caller of a request is gone, whether the request is admitted by now or not. An
   * orphan that it had taken is free again. Noting it twice changes nothing.
   */
  const callerGone = (requestId: string, identity: string): void => {
    const untilMs = Date.now() + ORPHAN_MS
    const again = sql`UPDATE orphans SET taken_by = NULL, until_ms = ${untilMs}
      WHERE identity = ${identity} AND taken_by = ${requestId} RETURNING generation_id`
    if (again.length === 0) {
      sql`INSERT OR IGNORE INTO orphans (identity, generation_id, until_ms, taken_by)
        VALUES (${identity}, ${requestId}, ${untilMs}, NULL)`
    }
    isKnownEmpty = false
    answering.delete(requestId)
    for (const [wake, awaited] of waiting) if (awaited === identity) wake()
  }

  const runDue = (nowMs: number): void => {
    if (isEmpty()) return
    sql`DELETE FROM orphans WHERE until_ms <= ${nowMs}`
    isKnownEmpty = undefined
  }

  /** The generation that answers a request, and no other request from now on. */
  const take = (requestId: string, identity: string, nowMs: number): string | undefined => {
    if (isEmpty() || store.read(requestId) !== undefined) return undefined
    const noted = sql<Orphan>`SELECT generation_id AS generationId, until_ms AS untilMs,
      taken_by AS takenBy FROM orphans WHERE identity = ${identity}`
    // A noted request may have been refused, or may not have arrived yet.
    const orphans = noted.filter(({ generationId }) => store.read(generationId))
    const taken = orphanFor(requestId, orphans, nowMs)
    const gone = noted.find(({ generationId }) => generationId === requestId)
    if (taken === undefined) {
      // Nobody hears the answer to this request, so any that is being answered will do.
      return gone && firstOpen(identity)
    }
    sql`UPDATE orphans
      SET taken_by = ${gone ? null : requestId}, until_ms = ${gone?.untilMs ?? nowMs + TAKEN_MS}
      WHERE identity = ${identity} AND generation_id = ${taken.generationId}`
    return taken.generationId
  }

  const firstOpen = (identity: string): string | undefined => {
    for (const [id, open] of answering) if (open === identity) return id
    return undefined
  }

  const news = async (identity: string): Promise<boolean> => {
    const told = Promise.withResolvers<void>()
    waiting.set(told.resolve, identity)
    const isNews = await isDoneWithin(told.promise, NEWS_MS)
    waiting.delete(told.resolve)
    return isNews
  }

  const isEmpty = (): boolean => (isKnownEmpty ??= sql`SELECT 1 FROM orphans LIMIT 1`.length === 0)

  // Pruning wakes nobody.
  return { answer, callerGone, nextDueMs: () => null, runDue }
}
