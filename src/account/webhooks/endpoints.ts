/** The account's webhook endpoints and their secrets. */
import type { WebhookEventType } from '../../contract/webhook.ts'
import { makeSecret, SECRET_BYTES } from '../../contract/webhook-signature.ts'
import type { UpdateWebhookRequest, WebhooksApi } from '../../domain/webhook/calls.ts'
import {
  afterAttempt,
  changeEndpoint,
  disabled,
  type EndpointRecord,
  type Health,
  MAX_ENDPOINTS,
  newEndpoint,
  rotated,
  type Secret,
  wants,
} from '../../domain/webhook/endpoint.ts'
import type { Core } from '../core.ts'
import type { Calls } from '../rpc.ts'
import type { WebhookStore } from './store.ts'

/** The key in `meta` of the secrets that sign messages to a `webhook_url`. */
const ACCOUNT_SECRETS = 'webhook_secrets'

/** The endpoint id of messages to the `webhook_url` of a generation or schedule. */
export const OWN = 'account'

export const createEndpoints = (
  { journal, meta, onRollback }: Core,
  webhooks: WebhookStore,
  onDisabled: (id: string) => void,
) => {
  /** Mirrors the table; nothing else writes to it. */
  let known: Map<string, EndpointRecord> | undefined
  onRollback(() => (known = undefined))

  /** Newest first. */
  const list = (): EndpointRecord[] =>
    [...all().values()].toSorted((a, b) => (a.id < b.id ? 1 : -1))

  const find = (id: string): EndpointRecord | undefined => all().get(id)

  const create: Calls<WebhooksApi>['create'] = ({ id, accountId, keyId, asked }) => {
    const made = find(id)
    if (made !== undefined) return { type: 'created', endpoint: made }
    if (all().size >= MAX_ENDPOINTS) return { type: 'too_many', max: MAX_ENDPOINTS }
    const nowMs = Date.now()
    const secrets = rotated([], newSecret(), nowMs)
    const endpoint = newEndpoint(asked, { id, keyId, secrets }, nowMs)
    journal.atomically(accountId, nowMs, () => write(endpoint))
    return { type: 'created', endpoint }
  }

  const accountSecrets = (): readonly Secret[] =>
    JSON.parse(meta.read(ACCOUNT_SECRETS) ?? '[]') as readonly Secret[]

  const rotateAccountSecret = (): readonly Secret[] => {
    const secrets = rotated(accountSecrets(), newSecret(), Date.now())
    meta.write(ACCOUNT_SECRETS, JSON.stringify(secrets))
    return secrets
  }

  const change = (id: string, apply: (before: EndpointRecord, nowMs: number) => EndpointRecord) => {
    const before = find(id)
    if (before === undefined) return null
    const nowMs = Date.now()
    const after = apply(before, nowMs)
    journal.atomically(null, nowMs, () => write(after))
    return after
  }

  const write = (endpoint: EndpointRecord): void => {
    const was = find(endpoint.id)?.disabledReason ?? null
    webhooks.writeEndpoint(endpoint)
    all().set(endpoint.id, endpoint)
    if (was !== null || endpoint.disabledReason === null) return
    webhooks.cancel(endpoint.id)
    onDisabled(endpoint.id)
  }

  const all = (): Map<string, EndpointRecord> =>
    (known ??= new Map(webhooks.endpoints().map((each) => [each.id, each])))

  return {
    list,
    find,
    wanting: (type: WebhookEventType) =>
      [...all().values()].filter((endpoint) => wants(endpoint, type)),
    create,
    update: ({ id, keyId, changes }: UpdateWebhookRequest) =>
      change(id, (before, nowMs) => changeEndpoint(before, changes, keyId, nowMs)),
    rotateSecret: (id: string) =>
      change(id, (before, nowMs) => ({
        ...before,
        secrets: rotated(before.secrets, newSecret(), nowMs),
        updatedAtMs: nowMs,
      })),
    remove: (id: string): boolean => {
      if (find(id) === undefined) return false
      journal.atomically(null, Date.now(), () => {
        webhooks.removeEndpoint(id)
        known = undefined
        onDisabled(id)
      })
      return true
    },
    /** Called inside a transaction. */
    noteAttempt: (endpoint: EndpointRecord, health: Health, nowMs: number): void => {
      const after = afterAttempt(endpoint, health, nowMs)
      if (after !== endpoint) write(after)
    },
    onRevoked: (keyId: string): void => {
      for (const endpoint of list()) {
        if (endpoint.keyId === keyId) write(disabled(endpoint, 'key_revoked', Date.now()))
      }
    },
    /** An endpoint's secrets, or the account's for a `webhook_url`. */
    secretsOf: (id: string) => find(id)?.secrets ?? accountSecrets(),
    accountSecrets,
    rotateAccountSecret,
  }
}

const newSecret = (): string => makeSecret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
