/** Orphans: generations whose caller's connection broke before the answer; who may take them. */

/** A client that retries on its own does so within this time. */
export const ORPHAN_MS = 60_000

/** Longer than any POST is held open, so that a taker whose own connection breaks gets it again. */
export const TAKEN_MS = 900_000

/** How long the news of a break may take, if the caller sends again at once. */
export const NEWS_MS = 500

export type Orphan = {
  readonly generationId: string
  /** When it is no longer handed out, or, once taken, no longer remembered. */
  readonly untilMs: number
  /** The id of the request that was answered with it; null before that. */
  readonly takenBy: string | null
}

/**
 * What two POSTs share if one may be a repeat of the other: the API key, the route, and the whole
 * request except its headers.
 */
export const identityOf = (
  keyId: string,
  path: string,
  canonicalRequest: string,
  others: Readonly<Record<string, unknown>>,
): string => JSON.stringify([keyId, path, canonicalRequest, others])

/** Of the orphans with a request's identity, the one that it already took, or the oldest. */
export const orphanFor = (
  requestId: string,
  orphans: readonly Orphan[],
  nowMs: number,
): Orphan | undefined =>
  orphans.find(({ takenBy }) => takenBy === requestId) ??
  orphans
    .filter(({ takenBy, untilMs }) => takenBy === null && nowMs < untilMs)
    .toSorted((a, b) => a.untilMs - b.untilMs)[0]
