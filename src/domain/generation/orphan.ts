/** What makes two requests the same that have no idempotency key, and for how long that counts. */

/** A client sends again within seconds. Later, the same words are another wish. */
const ORPHAN_MS = 60_000

/** Whether a caller may still come back for what it asked for when its connection broke. */
export const isOrphan = (brokeAtMs: number, nowMs: number): boolean =>
  nowMs - brokeAtMs <= ORPHAN_MS

/**
 * The same for the same request by the same key, however its body was written.
 *
 * @param canonical all of its body that matters, in an order of its own
 */
export const sameRequest = (keyId: string, path: string, canonical: string): string =>
  JSON.stringify([keyId, path, canonical])
