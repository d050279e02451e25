/** The account's webhook endpoints and their secrets. */
import type { WebhookEventType } from '../../contract/webhook.ts'
import { makeSecret, SECRET_BYTES } from '../../contract/webhook-signature.ts'
import type {
  CreateWebhookRequest,
  CreateWebhookResult,
  UpdateWebhookRequest,
} from '../../domain/webhook/calls.ts'
import {
  afterAttempt,
  changeEndpoint,
  disabled,
  type EndpointRecord,
  type Health,
  MAX_ENDPOINTS,
  newEndpoint,
  wants,
} from '../../domain/webhook/endpoint.ts'
import { rotated, type Secret } from '../../domain/webhook/message.ts'
import type { Core } from '../core.ts'
import type { KeyListener } from '../keys.ts'
import type { Kept, WebhookStore } from './store.ts'

/** The key in `meta` of the secrets that sign messages to a `webhook_url`. */
const ACCOUNT_SECRETS = 'webhook_secrets'

/** The endpoint id of messages to the `webhook_url` of a generation or schedule. */
export const OWN = 'account'

export interface EndpointsParts extends Pick<Core, 'journal' | 'meta' | 'onRollback'> {
  readonly webhooks: WebhookStore
  /** Called inside the transaction, after the endpoint's pending deliveries are gone. */
  readonly onDisabled: (id: string) => void
}

export class Endpoints implements KeyListener {
  readonly #parts: EndpointsParts
  /** Mirrors the table; nothing else writes to it. */
  #known: Map<string, EndpointRecord> | undefined

  constructor(parts: EndpointsParts) {
    this.#parts = parts
    parts.onRollback(() => (this.#known = undefined))
  }

  /** Newest first. */
  list(): EndpointRecord[] {
    return [...this.#all().values()].toSorted((a, b) => (a.id < b.id ? 1 : -1))
  }

  find(id: string): EndpointRecord | undefined {
    return this.#all().get(id)
  }

  wanting(type: WebhookEventType): EndpointRecord[] {
    return [...this.#all().values()].filter((endpoint) => wants(endpoint, type))
  }

  create({ id, accountId, keyId, asked }: CreateWebhookRequest): CreateWebhookResult {
    const made = this.find(id)
    if (made !== undefined) return { type: 'created', endpoint: made }
    if (this.#all().size >= MAX_ENDPOINTS) return { type: 'too_many', max: MAX_ENDPOINTS }
    const nowMs = Date.now()
    const secrets = rotated([], newSecret(), nowMs)
    const endpoint = newEndpoint(asked, { id, keyId, secrets }, nowMs)
    this.#parts.journal.atomically(accountId, nowMs, () => this.#write(endpoint))
    return { type: 'created', endpoint }
  }

  update({ id, keyId, changes }: UpdateWebhookRequest): EndpointRecord | null {
    return this.#change(id, (before, nowMs) => changeEndpoint(before, changes, keyId, nowMs))
  }

  rotateSecret(id: string): EndpointRecord | null {
    return this.#change(id, (before, nowMs) => ({
      ...before,
      secrets: rotated(before.secrets, newSecret(), nowMs),
      updatedAtMs: nowMs,
    }))
  }

  remove(id: string): boolean {
    const { journal, webhooks, onDisabled } = this.#parts
    if (this.find(id) === undefined) return false
    journal.atomically(null, Date.now(), () => {
      webhooks.removeEndpoint(id)
      this.#known = undefined
      onDisabled(id)
    })
    return true
  }

  /** Called inside a transaction. */
  noteAttempt(endpoint: EndpointRecord, health: Health, nowMs: number): void {
    const after = afterAttempt(endpoint, health, nowMs)
    if (after !== endpoint) this.#write(after)
  }

  onRevoked(keyId: string): void {
    for (const endpoint of this.list()) {
      if (endpoint.keyId === keyId) this.#write(disabled(endpoint, 'key_revoked', Date.now()))
    }
  }

  /** Newest first; undefined if there is no such endpoint. */
  deliveriesOf(id: string, limit: number, beforeId: string | null): Kept[] | undefined {
    const isKnown = id === OWN || this.find(id) !== undefined
    return isKnown ? this.#parts.webhooks.list(id, limit, beforeId) : undefined
  }

  /** An endpoint's secrets, or the account's for a `webhook_url`. */
  secretsOf(id: string): readonly Secret[] {
    return this.find(id)?.secrets ?? this.accountSecrets()
  }

  accountSecrets(): readonly Secret[] {
    return JSON.parse(this.#parts.meta.read(ACCOUNT_SECRETS) ?? '[]') as readonly Secret[]
  }

  rotateAccountSecret(): readonly Secret[] {
    const secrets = rotated(this.accountSecrets(), newSecret(), Date.now())
    this.#parts.meta.write(ACCOUNT_SECRETS, JSON.stringify(secrets))
    return secrets
  }

  #change(
    id: string,
    change: (before: EndpointRecord, nowMs: number) => EndpointRecord,
  ): EndpointRecord | null {
    const before = this.find(id)
    if (before === undefined) return null
    const nowMs = Date.now()
    const after = change(before, nowMs)
    this.#parts.journal.atomically(null, nowMs, () => this.#write(after))
    return after
  }

  #write(endpoint: EndpointRecord): void {
    const { webhooks, onDisabled } = this.#parts
    const was = this.find(endpoint.id)?.disabledReason ?? null
    webhooks.writeEndpoint(endpoint)
    this.#all().set(endpoint.id, endpoint)
    if (was !== null || endpoint.disabledReason === null) return
    webhooks.cancel(endpoint.id)
    onDisabled(endpoint.id)
  }

  #all(): Map<string, EndpointRecord> {
    this.#known ??= new Map(this.#parts.webhooks.endpoints().map((each) => [each.id, each]))
    return this.#known
  }
}

const newSecret = (): string => makeSecret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
