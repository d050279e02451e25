/** How an account is asked for what costs money, and what it answers: by hand or by a schedule. */
import type { Limit } from '../budget.ts'
import type { GenerationRecord } from './generation.ts'
import type { Expected, Holdup } from './render.ts'

export interface View {
  readonly record: GenerationRecord
  readonly expected: Expected | null
  readonly holdup: Holdup
}

/** An idempotency key, and the SHA-256 of the request it stands for. */
export interface IdempotencyClaim {
  readonly key: string
  readonly fingerprint: string
}

/** How long a POST waits for news: for fal's answer, or for the end. */
export interface Patience {
  readonly for: 'answer' | 'end'
  readonly ms: number
}

export interface Spending {
  /** Made by the Worker, so that a call that broke off can simply be made again. */
  readonly id: string
  readonly accountId: string
  readonly keyId: string
  readonly idempotency: IdempotencyClaim | null
  /** What makes it the same request sent again; none under an idempotency key. */
  readonly identity?: string | undefined
  readonly webhookOrigin: string | null
  /** Set if it came on one of fal's own paths. */
  readonly via?: 'fal' | undefined
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
