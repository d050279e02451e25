/** What the routes may use, without knowing where it comes from. */
import { HonoBase } from 'hono/hono-base'
import type { RequestIdVariables } from 'hono/request-id'
import { TrieRouter } from 'hono/router/trie-router'
import type { AccountApi } from '../domain/account.ts'
import type { PriceTable } from '../contract/model.ts'
import type { Scope } from '../contract/key.ts'
import type { FalVideo, GenerationRecord } from '../domain/generation/generation.ts'
import type { Permit } from '../domain/generation/permit.ts'
import type { KeyRecord, KeyText } from '../domain/key.ts'
import type { Result } from '../domain/result.ts'
import type { Troubles } from '../domain/trouble.ts'

export interface Principal {
  readonly accountId: string
  readonly keyId: string
  /** Holds ADMIN_KEY, not a key of an account. */
  readonly isAdmin: boolean
  readonly scopes: ReadonlySet<Scope>
  /** Set for the holder of a client secret: the only generation that it reads. */
  readonly onlyGeneration: string | null
  /** When the key or client secret expires; null if it does not. */
  readonly expiresAtMs: number | null
}

/** An account did not answer: it is overloaded, broken, or older than its caller. */
export class AccountUnreachable extends Error {
  override readonly name = 'AccountUnreachable'
  /** Whether the platform considers the call worth repeating, after a pause. */
  readonly mayRepeat: boolean

  constructor(cause: unknown, mayRepeat: boolean) {
    super('the account did not answer', { cause })
    this.mayRepeat = mayRepeat
  }
}

/**
 * Why a key is rejected: it does not exist, it cannot be looked up right now, or too many unknown
 * keys were looked up for its address.
 */
export type Stranger = 'unknown' | 'unavailable' | 'limited'

export type HookFault =
  | 'too_long'
  | 'too_old'
  | 'headers_missing'
  | 'signature_wrong'
  | 'keys_unavailable'

export interface VideoFile extends Pick<Permit, 'accountId' | 'generationId'> {
  readonly video: FalVideo
}

export interface VideoBytes {
  readonly body: ReadableStream<Uint8Array>
  readonly offset: number | null
  readonly length: number | null
  readonly size: number | null
}

type LogFields = Readonly<Record<string, string | number>>

export interface Gateway {
  authenticate(key: string, address: string): Promise<Result<Principal, Stranger>>
  /** Rejects a key that was just revoked at once, at least at this location. */
  noteKeyRevoked(revoked: KeyRecord): void
  /** Every call of it that throws throws an {@link AccountUnreachable}. */
  account(accountId: string): AccountApi
  /** A new id, such as `gen_…`. */
  newId(prefix: string): string
  newKey(accountId: string): Promise<KeyText>
  sha256(text: string): Promise<string>
  signClientSecret(accountId: string, generationId: string, untilSeconds: number): Promise<string>
  signVideo(accountId: string, generationId: string, untilSeconds: number): Promise<string>
  checkVideoAddress(address: Permit): Promise<boolean>
  /** The size in bytes of a video at fal, if its result did not say. */
  videoSize(file: VideoFile): Promise<number | 'gone' | 'unreachable'>
  /** @param signal ends the stream when its reader has left */
  openVideo(
    file: VideoFile,
    range: { readonly offset: number; readonly length: number } | null,
    signal: AbortSignal,
  ): Promise<VideoBytes | 'gone' | 'unreachable'>
  /** Whether a key may make another request now, bursts included. */
  mayCall(keyId: string): Promise<boolean>
  /** The origin that fal's webhooks call; null if the gateway has no public address. */
  webhookOrigin(): Promise<string | null>
  /** What is wrong outside the gateway, at most some seconds old. */
  troubles(): Promise<Troubles>
  notePublicOrigin(origin: string): Promise<void>
  /** A settled generation from KV. Null proves nothing. */
  readSettled(id: string): Promise<GenerationRecord | null>
  /** The owner of fal's request id, from KV. Null proves nothing. */
  readRequestOwner(id: string): Promise<{ account_id: string; generation_id: string } | null>
  checkCallbackMac(accountId: string, generationId: string, mac: string): Promise<boolean>
  /** A webhook's body, its signature verified; undefined if not JSON. Reads `maxBytes` at most. */
  readHook(request: Request, maxBytes: number): Promise<Result<unknown, HookFault>>
  log(event: string, fields: LogFields): void
  /** Logs an error. Its message goes to the log and to no caller. */
  logError(event: string, error: unknown, fields: LogFields): void
  /** What is configured wrong, for the operator; null if nothing is. */
  readonly misconfigured: string | null
  /** The page that `/` answers to a browser; null if it is switched off. */
  readonly showPage: ((request: Request) => Promise<Response>) | null
  readonly prices: PriceTable
  /** Where requests are sent: fal, or its emulator. */
  readonly queueOrigin: string
  /** Origins whose pages may call the API; none by default. */
  readonly corsOrigins: readonly string[]
}

export interface AppEnv {
  Variables: RequestIdVariables & { gateway: Gateway; principal: Principal }
}

/** Routes of {@link AppEnv}. Hono's faster routers cannot tell all of the gateway's apart. */
export const newRoutes = () => new HonoBase<AppEnv>({ router: new TrieRouter() })
