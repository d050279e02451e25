/** The account's record of an endpoint, its secrets, and when it is disabled. */
import {
  type DisabledReason,
  type Webhook,
  WEBHOOK_EVENTS,
  type WebhookEventType,
  type WebhookRequest,
  type WebhookUpdate,
} from '../../contract/webhook.ts'
import { toIso, toIsoOrNull } from '../../contract/units.ts'
import { DAY_MS } from '../generation/deadlines.ts'
import { given, readDocument } from '../document.ts'

/** `untilMs`: when a replaced secret stops signing; null for the present one. */
export interface Secret {
  readonly text: string
  readonly untilMs: number | null
}

export interface EndpointRecord {
  readonly id: string
  /** The key that made it. The endpoint ends with the key. */
  readonly keyId: string
  readonly url: string
  readonly events: readonly WebhookEventType[]
  readonly description: string
  /** Newest first. */
  readonly secrets: readonly Secret[]
  readonly disabledReason: DisabledReason | null
  /** Since when every delivery has failed; null while they succeed. */
  readonly failingSinceMs: number | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export const readEndpoint = (text: string): EndpointRecord => readDocument(text)

export const MAX_ENDPOINTS = 100
const DEAD_AFTER_MS = 3 * DAY_MS

export const newEndpoint = (
  { url, events, description = '' }: WebhookRequest,
  made: Pick<EndpointRecord, 'id' | 'keyId' | 'secrets'>,
  nowMs: number,
): EndpointRecord => ({
  ...made,
  url,
  events: events ?? WEBHOOK_EVENTS,
  description,
  disabledReason: null,
  failingSinceMs: null,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
})

/** @param keyId the endpoint's key from then on, if it is enabled or its URL changes */
export const changeEndpoint = (
  endpoint: EndpointRecord,
  { enabled, ...changes }: WebhookUpdate,
  keyId: string,
  nowMs: number,
): EndpointRecord => ({
  ...endpoint,
  ...given(changes),
  ...(enabled === true || changes.url !== undefined ? { keyId, failingSinceMs: null } : {}),
  ...(enabled === true ? { disabledReason: null } : {}),
  ...(enabled === false && endpoint.disabledReason === null ? { disabledReason: 'requested' } : {}),
  updatedAtMs: nowMs,
})

export const wants = (endpoint: EndpointRecord, type: WebhookEventType): boolean =>
  endpoint.disabledReason === null && endpoint.events.includes(type)

export type Health = 'alive' | 'failing' | 'given_up' | 'gone'

/**
 * The endpoint after an attempt; the same object if nothing is new. A failing endpoint is disabled
 * after three days, but only once a message has used up all its attempts. So a rarely used receiver
 * that failed once is not disabled by its next failure.
 */
export const afterAttempt = (
  endpoint: EndpointRecord,
  health: Health,
  nowMs: number,
): EndpointRecord => {
  const { failingSinceMs } = endpoint
  if (health === 'alive')
    return failingSinceMs === null ? endpoint : { ...endpoint, failingSinceMs: null }
  if (health === 'gone') return disabled(endpoint, 'gone', nowMs)
  if (failingSinceMs === null) return { ...endpoint, failingSinceMs: nowMs }
  const isDead = health === 'given_up' && nowMs - failingSinceMs >= DEAD_AFTER_MS
  return isDead ? disabled(endpoint, 'failing', nowMs) : endpoint
}

/** Disables an endpoint. A disabled one keeps its reason. */
export const disabled = (
  endpoint: EndpointRecord,
  reason: DisabledReason,
  nowMs: number,
): EndpointRecord =>
  endpoint.disabledReason === null
    ? { ...endpoint, disabledReason: reason, updatedAtMs: nowMs }
    : endpoint

export const renderEndpoint = (endpoint: EndpointRecord): Webhook => ({
  id: endpoint.id,
  object: 'webhook',
  url: endpoint.url,
  events: [...endpoint.events],
  description: endpoint.description,
  enabled: endpoint.disabledReason === null,
  disabled_reason: endpoint.disabledReason,
  failing_since: toIsoOrNull(endpoint.failingSinceMs),
  created_at: toIso(endpoint.createdAtMs),
  updated_at: toIso(endpoint.updatedAtMs),
})

/** How long a receiver has to adopt a new secret. */
const OVERLAP_MS = DAY_MS

export const rotated = (secrets: readonly Secret[], text: string, nowMs: number): Secret[] => [
  { text, untilMs: null },
  ...secrets.slice(0, 1).map((present) => ({ ...present, untilMs: nowMs + OVERLAP_MS })),
]

export const signingSecrets = (secrets: readonly Secret[], nowMs: number): string[] =>
  secrets.filter(({ untilMs }) => untilMs === null || nowMs < untilMs).map(({ text }) => text)

/** When the secret before the present one ends; null if there is none. */
export const previousUntilMs = (secrets: readonly Secret[], nowMs: number): number | null =>
  secrets.find(({ untilMs }) => untilMs !== null && nowMs < untilMs)?.untilMs ?? null
