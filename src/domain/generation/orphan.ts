/** Generations whose callers lost their connection before the answer, and which request may take one. */

/** A client that sends again by itself does so within this time. */
export const ORPHAN_MS = 60_000

/** Longer than any POST is held back: as long as who took an orphan may break off as well. */
export const TAKEN_MS = 900_000

/** How long the news of a break may take to arrive, if the caller sends again at once. */
export const NEWS_MS = 500

export type Orphan = {
  readonly generationId: string
  /** When it is no longer handed out or, once it is taken, no longer remembered. */
  readonly untilMs: number
  /** The id of the request that was answered with it; null while none was. */
  readonly takenBy: string | null
}

/**
 * What two POSTs have in common if one may be the other sent again: the API key, the route,
 * and all that is asked for. Headers are not part of it.
 */
export const identityOf = (
  keyId: string,
  path: string,
  canonicalRequest: string,
  others: Readonly<Record<string, unknown>>,
): string => JSON.stringify([keyId, path, canonicalRequest, others])

/** The orphan that a request takes, of those with its identity: the one it took already, or the oldest. */
export const orphanFor = (
  requestId: string,
  orphans: readonly Orphan[],
  nowMs: number,
): Orphan | undefined =>
  orphans.find(({ takenBy }) => takenBy === requestId) ??
  orphans
    .filter(({ takenBy, untilMs }) => takenBy === null && nowMs < untilMs)
    .toSorted((a, b) => a.untilMs - b.untilMs)[0]
