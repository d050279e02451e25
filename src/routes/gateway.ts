/** What the routes may rely on, and nothing of where it comes from. */
import type { RequestIdVariables } from 'hono/request-id'
import type { AccountApi } from '../domain/account.ts'
import type { PriceTable } from '../contract/price.ts'
import type { Scope } from '../contract/scope.ts'
import type { FalVideo, GenerationRecord } from '../domain/generation/generation.ts'
import type { VideoAddress } from '../domain/generation/video-address.ts'
import type { KeyRecord, KeyText } from '../domain/key.ts'
import type { Result } from '../domain/result.ts'
import type { Troubles } from '../domain/trouble.ts'

export interface Principal {
  readonly accountId: string
  readonly keyId: string
  /** Holds the gateway's own key, not one of an account. */
  readonly isAdmin: boolean
  readonly scopes: ReadonlySet<Scope>
  /** Set for the holder of a client secret: the one generation that it reads. */
  readonly onlyGeneration: string | null
  /** When the key or client secret ends; null if it does not. */
  readonly expiresAtMs: number | null
}

/** An account did not answer, whatever it was asked for: overloaded, broken, or older than its caller. */
export class AccountUnreachable extends Error {
  override readonly name = 'AccountUnreachable'
  /** Whether the platform takes the same call for worth repeating, after a pause. */
  readonly mayRepeat: boolean

  constructor(cause: unknown, mayRepeat: boolean) {
    super('the account did not answer', { cause })
    this.mayRepeat = mayRepeat
  }
}

/**
 * Why a key lets nobody in: nobody holds it, whether somebody does cannot be told right
 * now, or its address had too many keys looked up that do not exist.
 */
export type Stranger = 'unknown' | 'unavailable' | 'limited'

export type HookFault =
  | 'too_long'
  | 'too_old'
  | 'headers_missing'
  | 'signature_wrong'
  | 'keys_unavailable'

export interface VideoFile {
  readonly accountId: string
  readonly generationId: string
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
  /** A key that was just revoked is refused at once, here at least. */
  noteKeyRevoked(revoked: KeyRecord): void
  /** Whatever a call of it throws is an {@link AccountUnreachable}. */
  account(accountId: string): AccountApi
  nowMs(): number
  /** A new id, such as `gen_…`. */
  newId(prefix: string): string
  /** A new API key of an account. */
  newKey(accountId: string): Promise<KeyText>
  sha256(text: string): Promise<string>
  signClientSecret(
    accountId: string,
    generationId: string,
    expiresAtSeconds: number,
  ): Promise<string>
  signVideo(
    accountId: string,
    generationId: string,
    expiresAtSeconds: number | null,
  ): Promise<string>
  checkVideoAddress(address: VideoAddress): Promise<boolean>
  /** How many bytes a video has at fal, where its result did not say. */
  videoSize(file: VideoFile): Promise<number | 'gone' | 'unreachable'>
  /** @param signal ends the stream: its reader has left */
  openVideo(
    file: VideoFile,
    range: { readonly offset: number; readonly length: number } | null,
    signal: AbortSignal,
  ): Promise<VideoBytes | 'gone' | 'unreachable'>
  /** Whether a key may make another request now, bursts considered. */
  mayCall(keyId: string): Promise<boolean>
  /** Where fal's webhooks come back to; null if the gateway has no public address. */
  webhookOrigin(): Promise<string | null>
  /** What is wrong beyond the gateway, as it was some seconds ago at most. */
  troubles(): Promise<Troubles>
  notePublicOrigin(origin: string): Promise<void>
  /** A settled generation from KV. Null means nothing. */
  readSettled(id: string): Promise<GenerationRecord | null>
  /** Who fal's request id belongs to, from KV. Null means nothing. */
  readRequestOwner(
    falRequestId: string,
  ): Promise<{ account_id: string; generation_id: string } | null>
  checkCallbackMac(accountId: string, generationId: string, mac: string): Promise<boolean>
  /**
   * What a webhook says, once fal is known to have signed it; undefined if that is not
   * JSON. No more than `maxBytes` of it are read.
   */
  readHook(
    headers: Headers,
    body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
    maxBytes: number,
  ): Promise<Result<unknown, HookFault>>
  log(event: string, fields: LogFields): void
  /** Logs that something broke. The error's own words go there, and to no caller. */
  logError(event: string, error: unknown, fields: LogFields): void
  /** What is configured wrong, in words for the operator; null when all is well. */
  readonly misconfigured: string | null
  /** The page that `/` answers a browser with; null if it is switched off. */
  readonly showPage: ((request: Request) => Promise<Response>) | null
  readonly prices: PriceTable
  /** Where requests are sent: fal, or what stands for it. */
  readonly queueOrigin: string
  /** Origins whose pages may call; none by default. */
  readonly corsOrigins: readonly string[]
}

export interface AppEnv {
  Variables: RequestIdVariables & { gateway: Gateway; principal: Principal }
}
