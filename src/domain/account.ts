/**
 * What the Worker can ask of an account: plain data in, plain data out, no exceptions.
 * It imports none of the account's own files, since the types of callers reach this one.
 */
import type { Origin, Status } from '../contract/status.ts'
import type { NormalisedInput } from '../contract/input.ts'
import type { Limit } from './budget.ts'
import type { AdmitResult, Holdup, Spending, View } from './generation/calls.ts'
import type { EventPage, EventPageRequest, StoredEvent } from './generation/event.ts'
import type { Asked, GenerationRecord } from './generation/generation.ts'
import type { KeyRecord, KeyState } from './key.ts'
import type { Usage, UsageRequest } from './usage.ts'
import type { SchedulesApi } from './schedule/calls.ts'
import type { WebhooksApi } from './webhook/calls.ts'

export type AdmitRequest = Spending & Pick<Asked, 'input' | 'metadata' | 'user' | 'webhookUrl'>

export interface RetryRequest extends Spending {
  readonly retryOf: string
  /** The caller knows that the original may have been paid for. */
  readonly acceptDoubleCharge: boolean
}

export type RetryResult =
  | AdmitResult
  | { readonly type: 'not_found' | 'still_open' | 'not_retryable' | 'outcome_unknown' }

export type CancelResult =
  | { readonly type: 'requested' | 'canceled' | 'already_final'; readonly view: View }
  | { readonly type: 'not_found' }

/** A person's statement on a generation whose end fal does not report. */
export type Word =
  | { readonly type: 'cost'; readonly charged: boolean }
  | { readonly type: 'request'; readonly falRequestId: string }

export type ResolveResult =
  | { readonly type: 'resolved'; readonly view: View }
  /** fal may still report its end. After that, a person may decide. */
  | { readonly type: 'too_early'; readonly untilMs: number }
  | { readonly type: 'not_found' | 'not_resolvable' | 'request_taken' }
  | { readonly type: 'unknown_to_fal' | 'fal_silent' }

export type DeleteResult =
  | { readonly type: 'deleted' | 'gone' | 'not_found' }
  /** It is open, fal may still report on it, or it may have been paid for. */
  | { readonly type: 'not_deletable'; readonly status: Status }

export interface ListRequest {
  readonly limit: number
  readonly beforeId?: string | undefined
  readonly status?: Status | undefined
  readonly scheduleId?: string | undefined
  readonly origin?: Origin | undefined
  readonly user?: string | undefined
  readonly createdAfterMs?: number | undefined
  readonly createdBeforeMs?: number | undefined
}

export interface ListResult {
  readonly records: readonly GenerationRecord[]
  /** `beforeId` for the next page; null if there is none. */
  readonly nextBeforeId: string | null
  readonly holdup: Holdup
}

/** A webhook from fal whose signature and address were verified. */
export interface Hook {
  readonly generationId: string
  readonly falRequestId: string
  readonly falUserId: string
  readonly status: 'OK' | 'ERROR'
  readonly payload: unknown
}

export interface Estimate {
  readonly estimatedMicrousd: number
  readonly limits: readonly Limit[]
  readonly open: number
  readonly maxOpen: number
  readonly accepts: boolean
}

export interface StoredKey {
  readonly record: KeyRecord
  readonly lastUsedAtMs: number | null
}

export interface AccountSettings {
  /** Micro-dollars a day; null for no limit. */
  readonly dailyBudgetMicrousd: number | null
  readonly monthlyBudgetMicrousd: number | null
  readonly timeZone: string
  readonly maxOpen: number
}

export interface AccountState {
  readonly settings: AccountSettings
  readonly open: number
  readonly limits: readonly Limit[]
}

export type AfterRestore =
  | { readonly type: 'done'; readonly marked: number; readonly unconfirmed: number }
  /** The account still accepts new work. */
  | { readonly type: 'accepting' }

export interface GenerationsApi {
  list(request: ListRequest): Promise<ListResult>
  /** Changes of state of all generations, oldest first. */
  eventPage(request: EventPageRequest): Promise<EventPage>
  ofRequest(falRequestId: string): Promise<View | null>
  estimate(keyId: string, input: NormalisedInput): Promise<Estimate>
  usage(keyId: string, days: UsageRequest): Promise<Usage>
  delete(id: string): Promise<DeleteResult>
  wasDeleted(id: string): Promise<boolean>
  /** A generation whose video was requested. It does not look at fal. */
  ofVideo(id: string): Promise<GenerationRecord | 'deleted' | null>
  resolve(id: string, word: Word): Promise<ResolveResult>
  /**
   * Notes that the caller's connection broke before the answer was sent. The same request, sent
   * again within a minute, is answered with its generation `id`.
   */
  callerGone(id: string, identity: string): Promise<void>
}

export interface KeysApi {
  /** `too_many` if the account has its maximum of keys, all of them in use. */
  add(record: KeyRecord): Promise<'added' | 'too_many'>
  list(): Promise<StoredKey[]>
  get(id: string): Promise<StoredKey | null>
  /** The key of a SHA-256, for keys that are not in KV yet. */
  ofHash(hash: string): Promise<KeyRecord | null>
  /** Revokes a key: at once for spending, within KV's window for reading. */
  revoke(id: string): Promise<StoredKey | null>
  /** Notes that a key is in use, and returns its present state. */
  noteUse(id: string): Promise<KeyState | 'unknown'>
}

export interface SettingsApi {
  get(): Promise<AccountState>
  change(changes: Partial<AccountSettings>): Promise<AccountState>
  /** Looks at fal for what a backup holds unsent, without sending it. Only with new work off. */
  afterRestore(): Promise<AfterRestore>
}

export interface AccountApi {
  readonly generations: GenerationsApi
  readonly schedules: SchedulesApi
  readonly webhooks: WebhooksApi
  readonly keys: KeysApi
  readonly settings: SettingsApi
  admit(request: AdmitRequest): Promise<AdmitResult>
  retry(request: RetryRequest): Promise<RetryResult>
  get(id: string): Promise<View | null>
  cancel(id: string): Promise<CancelResult>
  events(
    id: string,
    afterSeq: number,
  ): Promise<{ record: GenerationRecord; events: StoredEvent[] } | null>
  /**
   * Takes a verified webhook if it names the request id that its generation has. If false, look up
   * first which generation the request belongs to.
   */
  hookOfOwn(hook: Hook): Promise<boolean>
  /** Takes a verified webhook. Answers at once; slow work happens afterwards. */
  hook(hook: Hook): Promise<'taken' | 'ignored'>
  /**
   * Does what is due: the second clock besides the account's own alarm. Slots up to `scheduledMs`,
   * the minute of the tick, are due even if the clock here is slightly behind.
   */
  runDue(scheduledMs: number, webhookOrigin: string | null): Promise<void>
  /**
   * The event stream of a generation, `GET /events?id=…&after=…&key=…&until=…`, where `until` is
   * when the key expires, and of the account, `GET /account-events?types=…&after=…`. The body of a
   * 429 names what has too many open streams. 410: the requested events are no longer kept.
   */
  fetch(request: Request): Promise<Response>
}
