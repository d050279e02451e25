/** What the routes may rely on, and nothing of where it comes from. */
import type { RequestIdVariables } from 'hono/request-id'
import type { AccountApi } from '../account/api.ts'
import type { PriceTable } from '../contract/price.ts'
import type { GenerationRecord } from '../domain/generation.ts'

/** Who is calling. */
export interface Principal {
  readonly accountId: string
  readonly keyId: string
  /** Holds the gateway's own key, not one of an account. */
  readonly isAdmin: boolean
}

export type HookCheck = 'valid' | 'too_old' | 'forged' | 'keys_unavailable'

export interface Gateway {
  /** Who holds this key; null where nobody does. */
  authenticate(key: string): Promise<Principal | null>
  account(accountId: string): AccountApi
  newGenerationId(): string
  /** The SHA-256 of a text, in hex. */
  fingerprint(text: string): Promise<string>
  /** Where fal's webhooks come back to; null where the gateway has no public address. */
  webhookOrigin(): Promise<string | null>
  /** Remembers the origin that the admin reaches the gateway at. */
  notePublicOrigin(origin: string): Promise<void>
  /** A settled generation from KV. Null means nothing. */
  readSettled(id: string): Promise<GenerationRecord | null>
  /** Who fal's request id belongs to, from KV. Null means nothing. */
  readRequestOwner(
    falRequestId: string,
  ): Promise<{ account_id: string; generation_id: string } | null>
  checkCallbackMac(accountId: string, generationId: string, mac: string): Promise<boolean>
  checkHook(headers: Headers, rawBody: ArrayBuffer): Promise<HookCheck>
  /** What is configured wrong, in words for the operator; null when all is well. */
  readonly misconfigured: string | null
  readonly prices: PriceTable
}

export interface AppEnv {
  Variables: RequestIdVariables & { gateway: Gateway; principal: Principal }
}
