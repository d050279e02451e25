/** A generation as the account remembers it: times in milliseconds, money in micro-dollars. */
import type { NormalisedInput } from '../../contract/input.ts'
import { readDocument } from '../document.ts'
import type { Day } from '../zone.ts'
import type { CostState, Evidence, FailureCode, SeedSource, Status } from '../../contract/status.ts'
import type { FieldError } from '../../contract/problem-document.ts'

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

/** How fal's word on what it billed becomes money; fixed when the generation is admitted. */
export interface Billing {
  /** Whether a refusal by the model itself (422) counts as paid. fal does not say for certain. */
  readonly refusalsCount: boolean
  /** Micro-dollars for one of fal's billable units; null if only the price table is known. */
  readonly unitMicrousd: number | null
}

/**
 * What a final state rests on: fal's word, the clock, the gateway's own (of what fal never had), a
 * no of fal's that is no proof, or a person's word.
 */
export type Verdict = 'fal' | 'clock' | 'gateway' | 'unproven' | 'person'

/** Consecutive results that look like a failure although no status ever said so. */
export interface Doubt {
  readonly count: number
  readonly sinceMs: number
}

/** A request that an unclear answer to the submit named, and that fal could not be asked about yet. */
export interface Named {
  readonly requestId: string
  /** What it means if fal knows no such request; null if that would prove nothing. */
  readonly refusal: Failure | null
}

/** Another job of fal's that may be this generation's too, and paid for beside its own. */
export interface OtherJob {
  readonly requestId: string
  readonly by: Evidence
  readonly sinceMs: number
  readonly video: FalVideo | null
  /** Reserved until it is known how the job ended. */
  readonly cost: Cost
}

/** What a generation is asked for with. */
export interface Asked {
  readonly id: string
  readonly accountId: string
  readonly keyId: string
  /** The day, in the account's time zone, whose budget it counts against. */
  readonly day: Day
  /** As it is sent. */
  readonly input: NormalisedInput
  readonly user?: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  /** Who is told of its end, beside the account's endpoints. */
  readonly webhookUrl?: string | undefined
  readonly retryOf: string | null
  readonly scheduleId: string | null
  /** Set if it was asked for on one of fal's own paths. */
  readonly via?: 'fal' | undefined
  /** Where fal's webhook comes back to; without it a lost answer cannot be adopted. */
  readonly webhookOrigin: string | null
  /** From when on it is not sent any more; absent if that is a day after it was made. */
  readonly sendBeforeMs?: number | undefined
}

export interface GenerationRecord extends Asked {
  readonly status: Status
  readonly seedSource: SeedSource | null
  readonly falRequestId: string | null
  /** What the request id rests on; null if none is known. */
  readonly adoptedBy: Evidence | null
  readonly others: readonly OtherJob[]
  /** A request of fal's history that may be its own, which is for a person or a hook to say. */
  readonly candidateRequestId?: string
  /** What opens the address of its video; absent while unsent, and if it is older than addresses. */
  readonly videoSig?: string
  readonly unconfirmed: boolean
  readonly named: Named | null
  readonly queuePosition: number | null
  readonly video: FalVideo | null
  readonly failure: (Failure & { readonly lateVideo?: FalVideo }) | null
  /** fal said no to the submit itself, so its POST and every replay of it answer a problem. */
  readonly refusedAtSubmit: boolean
  readonly cost: Cost
  readonly verdict: Verdict | null
  /** Ended without fal's word, while what fal says later is still recorded beside it. */
  readonly listening: boolean
  /** Until when, if that is later than its end alone would say. */
  readonly listeningUntilMs?: number
  /** Whether it was paid for in a person's word, which fal's own may have replaced since. */
  readonly saidCharged?: boolean
  readonly doubt: Doubt | null
  readonly startTimeoutSeconds: number
  readonly longestRunSeconds: number
  readonly hookRetriesSeconds: number
  readonly billing: Billing
  /** When to look first, in milliseconds after sending; from how long past ones took. */
  readonly firstLookAfterMs: number
  readonly createdAtMs: number
  /** Set before the one POST to fal. What has it is never sent again. */
  readonly sentAtMs: number | null
  /** From when on it may have been sent, if a backup does not say when it was; then `sentAtMs` is the latest. */
  readonly sentFromMs?: number
  readonly startedAtMs: number | null
  readonly finishedAtMs: number | null
  readonly cancelRequestedAtMs: number | null
  /** When fal answered the cancel with yes; a 404 after that means canceled. */
  readonly cancelAcceptedAtMs: number | null
  /** Log lines that became events so far. */
  readonly logCount: number
  /** How often it changed after its end. */
  readonly revision: number
}

/** What records that were kept by older versions lack. Nothing replaces a request id of theirs. */
const LACKING = {
  seedSource: null,
  adoptedBy: 'answer',
  others: [],
  named: null,
  revision: 0,
  longestRunSeconds: 15 * 60,
  hookRetriesSeconds: 70 * 60,
} as const satisfies Partial<GenerationRecord>

/** A record, or a part of one, as it was kept by this version or an older one. */
export const fillIn = <T extends object>(
  kept: T,
): T & Pick<GenerationRecord, keyof typeof LACKING> => ({
  ...LACKING,
  ...kept,
})

export const readGeneration = (text: string): GenerationRecord =>
  readDocument<GenerationRecord>(text, LACKING)
