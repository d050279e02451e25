/** Calls that cost money, by hand or by a schedule, and the account's answers. */
import type { Limit } from '../budget.ts'
import type { Asked, GenerationRecord } from './generation.ts'

/** What keeps an account's generations from being sent, if anything. */
export interface Holdup {
  /** fal takes nothing at present: the breaker is not closed. */
  readonly isFalAway: boolean
  /** The account has as many generations at fal as it may. */
  readonly isFull: boolean
}

export interface View {
  readonly record: GenerationRecord
  /** Median and 90th percentile, in seconds, of past times from sent to finished. */
  readonly expected: { readonly p50: number; readonly p90: number } | null
  readonly holdup: Holdup
}

/** An idempotency key, and the SHA-256 of its request. */
export interface IdempotencyClaim {
  readonly key: string
  readonly fingerprint: string
}

/** How long a POST waits: for fal's answer, or for the end. */
export interface Patience {
  readonly for: 'answer' | 'end'
  readonly ms: number
}

/** Its id is made by the Worker, so that a broken call can be repeated. */
export interface Spending extends Pick<
  Asked,
  'id' | 'accountId' | 'keyId' | 'webhookOrigin' | 'via'
> {
  readonly idempotency: IdempotencyClaim | null
  /** Equal for a request that is sent again; none with an idempotency key. */
  readonly identity?: string | undefined
  readonly patience: Patience
}

export type Refused =
  | { readonly type: 'over_budget'; readonly neededMicrousd: number; readonly limit: Limit }
  | { readonly type: 'too_many_open'; readonly open: number; readonly max: number }
  | { readonly type: 'switched_off' | 'key_invalid' }

export type AdmitResult =
  | Refused
  | { readonly type: 'admitted'; readonly view: View; readonly replayed: boolean }
  | { readonly type: 'key_reused' | 'deleted'; readonly generationId: string }
