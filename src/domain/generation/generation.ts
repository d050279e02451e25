/** The account's record of a generation: times in milliseconds, money in micro-dollars. */
import type { NormalisedInput } from '../../contract/input.ts'
import { readDocument } from '../document.ts'
import type { Day } from '../zone.ts'
import type { CostState, Evidence, FailureCode, SeedSource, Status } from '../../contract/status.ts'
import type { FieldError } from '../../contract/problem.ts'

export interface FalVideo {
  readonly sourceUrl: string
  readonly contentType: string | null
  readonly fileName: string | null
  readonly fileSizeBytes: number | null
  readonly archivedAtMs?: number
  readonly archiveError?: string
}

export interface Failure {
  readonly code: FailureCode
  readonly message: string
  readonly retryable: boolean
  readonly fields?: readonly FieldError[]
}

export interface Cost {
  readonly estimatedMicrousd: number
  readonly chargedMicrousd: number | null
  readonly state: CostState
  readonly basis: 'price_table' | 'fal_units' | 'fal_billing'
}

/** How fal's report of what it billed becomes money; fixed at admission. */
export interface Billing {
  /** Whether a refusal by the model itself (422) counts as paid. fal does not say for certain. */
  readonly refusalsCount: boolean
  /** Micro-dollars per billable unit of fal's; null if only the price table is known. */
  readonly unitMicrousd: number | null
}

/**
 * The basis of a final state: fal's word, the clock, the gateway itself (fal never had it), a
 * refusal by fal that is no proof, or a person's word.
 */
export type Verdict = 'fal' | 'clock' | 'gateway' | 'unproven' | 'person'

/** Consecutive results that look like a failure, although no status said so. */
export interface Doubt {
  readonly count: number
  readonly sinceMs: number
}

/** A request that an unclear answer to the submit named, and that fal was not yet asked about. */
export interface Named {
  readonly requestId: string
  /** The failure if fal does not know the request; null if that would prove nothing. */
  readonly refusal: Failure | null
}

/** Another of fal's jobs that may belong to this generation, and be paid for as well. */
export interface OtherJob {
  readonly requestId: string
  readonly by: Evidence
  readonly sinceMs: number
  readonly video: FalVideo | null
  /** Reserved until the job's end is known. */
  readonly cost: Cost
}

/** How long fal may take and how it bills, as set at its creation. */
export interface Terms {
  readonly startTimeoutSeconds: number
  readonly longestRunSeconds: number
  readonly hookRetriesSeconds: number
  readonly billing: Billing
}

/** What its caller decides, and what is fixed at its creation. */
export interface Asked {
  readonly id: string
  readonly accountId: string
  readonly keyId: string
  /** The day whose budget it counts against, in the account's time zone. */
  readonly day: Day
  /** As sent to fal. */
  readonly input: NormalisedInput
  readonly user?: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  /** Gets its final event, as do the account's endpoints. */
  readonly webhookUrl?: string | undefined
  readonly retryOf: string | null
  readonly scheduleId: string | null
  /** Set if it was requested on one of fal's own paths. */
  readonly via?: 'fal' | undefined
  /** The origin that fal's webhook calls; without it, a webhook cannot recover a lost answer. */
  readonly webhookOrigin: string | null
  /** From when on it is no longer sent; absent if that is a day after its creation. */
  readonly sendBeforeMs?: number | undefined
}

export interface GenerationRecord extends Asked, Terms {
  readonly status: Status
  readonly seedSource: SeedSource | null
  readonly falRequestId: string | null
  /** The evidence for the request id; null if none is known. */
  readonly adoptedBy: Evidence | null
  readonly others: readonly OtherJob[]
  /** A request in fal's history that may be its own. A person or a webhook has to confirm it. */
  readonly candidateRequestId?: string
  /** The signature in its video's URL; absent while unsent, and if it is older than those URLs. */
  readonly videoSig?: string
  readonly unconfirmed: boolean
  readonly named: Named | null
  readonly queuePosition: number | null
  readonly video: FalVideo | null
  readonly failure: (Failure & { readonly lateVideo?: FalVideo }) | null
  /** fal refused the submit itself, so the POST and every replay of it answer a problem. */
  readonly refusedAtSubmit: boolean
  readonly cost: Cost
  readonly verdict: Verdict | null
  /** It ended without fal's word, and what fal reports later is still recorded. */
  readonly listening: boolean
  /** Until when it listens, if that is later than its end alone implies. */
  readonly listeningUntilMs?: number
  /** Whether a person said that it was paid for. fal's own word may have replaced that since. */
  readonly saidCharged?: boolean
  readonly doubt: Doubt | null
  /** When to look first, in milliseconds after sending; derived from past durations. */
  readonly firstLookAfterMs: number
  readonly createdAtMs: number
  /** Set before the only POST to fal. A generation that has it is never sent again. */
  readonly sentAtMs: number | null
  /** If a backup does not say when it was sent: the earliest time. `sentAtMs` is then the latest. */
  readonly sentFromMs?: number
  readonly startedAtMs: number | null
  readonly finishedAtMs: number | null
  readonly cancelRequestedAtMs: number | null
  /** When fal accepted the cancel; a 404 after that means canceled. */
  readonly cancelAcceptedAtMs: number | null
  /** Log lines that have become events so far. */
  readonly logCount: number
  /** How often it changed after its end. */
  readonly revision: number
}

/** Fields that records of older versions lack. Nothing replaces their request ids. */
export const LACKING = {
  seedSource: null,
  adoptedBy: 'answer',
  others: [],
  named: null,
  revision: 0,
  longestRunSeconds: 15 * 60,
  hookRetriesSeconds: 70 * 60,
} as const satisfies Partial<GenerationRecord>

export const readGeneration = (text: string): GenerationRecord =>
  readDocument<GenerationRecord>(text, LACKING)

/** The video at a generation's URL: its own, or the late one. */
export const videoOf = ({ video, failure }: GenerationRecord) => video ?? failure?.lateVideo ?? null
