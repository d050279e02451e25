/** One message to one URL: what an answer means, and when the next attempt is. */
import type { WebhookDelivery } from '../../contract/webhook.ts'
import { toIso, toIsoOrNull } from '../../contract/units.ts'
import { readDocument } from '../document.ts'
import { HOUR_MS } from '../generation/deadlines.ts'
import type { Health } from './endpoint.ts'

export interface Message {
  /** The same on every attempt, so that a receiver recognises a repeat. */
  readonly id: string
  readonly url: string
  readonly body: string
  /** Each of them signs the message. */
  readonly secrets: readonly string[]
  /** The gateway's own origin, if the account knows it. */
  readonly ownOrigin: string | null
}

/** @see https://www.standardwebhooks.com */
export const bodyOf = (type: WebhookDelivery['type'], atMs: number, data: object): string =>
  JSON.stringify({ type, timestamp: toIso(atMs), data })

export type Answer = Readonly<Pick<Attempt, 'status' | 'error' | 'body'>> & {
  readonly retryAfterMs: number | null
}

export interface Attempt {
  readonly atMs: number
  readonly tookMs: number
  readonly status: number | null
  readonly error: WebhookDelivery['attempts'][number]['error']
  readonly body: string
}

export interface DeliveryRecord {
  readonly id: string
  readonly type: WebhookDelivery['type']
  readonly generationId: string | null
  readonly url: string
  readonly state: WebhookDelivery['state']
  readonly attempts: readonly Attempt[]
  /** Attempts since it was created or resent by hand, and the time of that. */
  readonly tries: number
  readonly triedSinceMs: number
  readonly createdAtMs: number
}

/** A delivery, and when its next attempt is; null if there is none. */
export interface StoredDelivery {
  readonly delivery: DeliveryRecord
  readonly dueMs: number | null
}

export const newDelivery = (
  made: Pick<DeliveryRecord, 'id' | 'type' | 'generationId' | 'url'>,
  nowMs: number,
): DeliveryRecord => ({
  ...made,
  state: 'pending',
  attempts: [],
  tries: 0,
  triedSinceMs: nowMs,
  createdAtMs: nowMs,
})

export const readDelivery = (text: string): DeliveryRecord => readDocument(text)

/** The pauses after each failure: 23 hours in all, plus or minus a tenth. */
const PAUSES_SECONDS = [5, 60, 300, 1800, 7200, 14_400, 21_600, 36_000]
/** It is given up by then, however long it waited for its turns. */
const LONGEST_MS = 26 * HOUR_MS
const LONGEST_RETRY_AFTER_MS = 12 * HOUR_MS
const ATTEMPTS_KEPT = 12

const HTTP_GONE = 410

/**
 * The delivery after an attempt, what the attempt says about the endpoint, and when to try again.
 * Any 2xx is a success. A redirect is a failure, since a signed message goes to no other URL.
 *
 * @param chance 0 to 1
 */
export const settleDelivery = (
  delivery: DeliveryRecord,
  attempt: Attempt,
  retryAfterMs: number | null,
  chance: number,
): StoredDelivery & { readonly health: Health } => {
  const { status } = attempt
  const nowMs = attempt.atMs + attempt.tookMs
  const attempts = [...delivery.attempts, attempt].slice(-ATTEMPTS_KEPT)
  const tried = { ...delivery, attempts, tries: delivery.tries + 1 }
  if (status !== null && status >= 200 && status < 300) {
    return { delivery: { ...tried, state: 'delivered' }, health: 'alive', dueMs: null }
  }
  const failed = { ...tried, state: 'failed' as const }
  if (status === HTTP_GONE) return { delivery: failed, health: 'gone', dueMs: null }
  const pauseMs = backoffMs(tried.tries, chance)
  const isOver = pauseMs === undefined || nowMs - delivery.triedSinceMs >= LONGEST_MS
  if (isOver) return { delivery: failed, health: 'given_up', dueMs: null }
  const askedMs = Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)
  return { delivery: tried, health: 'failing', dueMs: nowMs + Math.max(pauseMs, askedMs) }
}

export const backoffMs = (tries: number, chance: number): number | undefined => {
  const seconds = PAUSES_SECONDS[tries - 1]
  return seconds === undefined ? undefined : Math.round(seconds * 1000 * (0.9 + chance / 5))
}

/** Reads `Retry-After`, in seconds or as a date; null if it is neither. */
export const readRetryAfterMs = (text: string | null, nowMs: number): number | null => {
  if (text === null) return null
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return ms >= 0 ? ms : null
}

export const renderDelivery = ({ delivery, dueMs }: StoredDelivery): WebhookDelivery => ({
  id: delivery.id,
  object: 'webhook_delivery',
  type: delivery.type,
  url: delivery.url,
  generation_id: delivery.generationId,
  state: delivery.state,
  attempts: delivery.attempts.map(({ atMs, tookMs, status, error, body }) => ({
    at: toIso(atMs),
    took_ms: tookMs,
    status,
    error,
    body,
  })),
  next_attempt_at: toIsoOrNull(dueMs),
  created_at: toIso(delivery.createdAtMs),
})
