/**
 * Messages and their secrets, as in Standard Webhooks.
 *
 * @see https://www.standardwebhooks.com
 */
import type { TEST_EVENT, WebhookEventType } from '../../contract/webhook.ts'
import { toIso } from '../../contract/units.ts'
import { DAY_MS } from '../generation/deadlines.ts'

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

export const bodyOf = (
  type: WebhookEventType | typeof TEST_EVENT,
  atMs: number,
  data: object,
): string => JSON.stringify({ type, timestamp: toIso(atMs), data })

/** `untilMs`: when a replaced secret stops signing; null for the present one. */
export interface Secret {
  readonly text: string
  readonly untilMs: number | null
}

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
