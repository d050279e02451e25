/** The account's webhook endpoints and their secrets. */
import type { WebhookEventType } from '../../contract/webhook.ts'
import { makeSecret, SECRET_BYTES } from '../../contract/webhook-signature.ts'
import type { WebhooksApi } from '../../domain/webhook/calls.ts'
import {
  afterAttempt,
  changeEndpoint,
  disabled,
  type EndpointRecord,
  type Health,
  MAX_ENDPOINTS,
  newEndpoint,
  readEndpoint,
  rotated,
  type Secret,
  wants,
} from '../../domain/webhook/endpoint.ts'
import type { Core } from '../core.ts'
import type { Calls } from '../rpc.ts'
import type { Queue } from './queue.ts'

/** The key in `meta` of the secrets that sign messages to a `webhook_url`. */
const ACCOUNT_SECRETS = 'webhook_secrets'

/** The endpoint id of messages to the `webhook_url` of a generation or schedule. */
export const OWN = 'account'

export const createEndpoints = ({ sql, journal, meta, onRollback }: Core, queue: Queue) => {
  /** Mirrors the table; nothing else writes to it. */
  let known: Map<string, EndpointRecord> | undefined
  onRollback(() => (known = undefined))

  const all = (): Map<string, EndpointRecord> => {
    const docs = () => sql.column<string>`SELECT doc FROM webhook_endpoints ORDER BY id DESC`
    return (known ??= new Map(
      docs()
        .map(readEndpoint)
        .map((each) => [each.id, each]),
    ))
  }

  const find = (id: string): EndpointRecord | undefined => all().get(id)

  /** An endpoint's secrets, or the account's for a `webhook_url`. */
  const secretsOf = (id: string): readonly Secret[] =>
    find(id)?.secrets ?? (JSON.parse(meta.read(ACCOUNT_SECRETS) ?? '[]') as readonly Secret[])

  const write = (endpoint: EndpointRecord): void => {
    const was = find(endpoint.id)?.disabledReason ?? null
    sql`INSERT OR REPLACE INTO webhook_endpoints (id, doc)
      VALUES (${endpoint.id}, ${JSON.stringify(endpoint)})`
    all().set(endpoint.id, endpoint)
    if (was === null && endpoint.disabledReason !== null) queue.cancel(endpoint.id)
  }

  const change = (id: string, apply: (before: EndpointRecord, nowMs: number) => EndpointRecord) => {
    const before = find(id)
    if (before === undefined) return null
    const nowMs = Date.now()
    const after = apply(before, nowMs)
    journal.atomically(null, nowMs, () => write(after))
    return after
  }

  /** The Worker's calls for them. */
  const calls = {
    create: ({ id, accountId, keyId, asked }) => {
      const made = find(id)
      if (made !== undefined) return { type: 'created', endpoint: made }
      if (all().size >= MAX_ENDPOINTS) return { type: 'too_many', max: MAX_ENDPOINTS }
      const nowMs = Date.now()
      const secrets = rotated([], newSecret(), nowMs)
      const endpoint = newEndpoint(asked, { id, keyId, secrets }, nowMs)
      journal.atomically(accountId, nowMs, () => write(endpoint))
      return { type: 'created', endpoint }
    },
    update: ({ id, keyId, changes }) =>
      change(id, (before, nowMs) => changeEndpoint(before, changes, keyId, nowMs)),
    rotateSecret: (id) =>
      change(id, (before, nowMs) => ({
        ...before,
        secrets: rotated(before.secrets, newSecret(), nowMs),
        updatedAtMs: nowMs,
      })),
    rotateAccountSecret: () => {
      const secrets = rotated(secretsOf(OWN), newSecret(), Date.now())
      meta.write(ACCOUNT_SECRETS, JSON.stringify(secrets))
      return secrets
    },
    remove: (id) => {
      if (find(id) === undefined) return false
      journal.atomically(null, Date.now(), () => {
        sql`DELETE FROM webhook_endpoints WHERE id = ${id}`
        queue.remove(id)
        known = undefined
      })
      return true
    },
    get: (id) => find(id) ?? null,
    list: () => [...all().values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)),
  } satisfies Partial<Calls<WebhooksApi>>

  return {
    find,
    secretsOf,
    wanting: (type: WebhookEventType) => [...all().values()].filter((each) => wants(each, type)),
    /** Called inside a transaction. */
    noteAttempt: (endpoint: EndpointRecord, health: Health, nowMs: number): void => {
      const after = afterAttempt(endpoint, health, nowMs)
      if (after !== endpoint) write(after)
    },
    onRevoked: (keyId: string): void => {
      for (const endpoint of all().values()) {
        if (endpoint.keyId === keyId) write(disabled(endpoint, 'key_revoked', Date.now()))
      }
    },
    calls,
  }
}

const newSecret = (): string => makeSecret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
