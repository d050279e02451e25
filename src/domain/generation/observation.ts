/** Everything that can be learned about a generation, each as one tagged fact. */
import type { Evidence } from '../../contract/status.ts'
import type { Failure, FalVideo, Named } from './generation.ts'

export interface LogLine {
  readonly message: string
  readonly level: string | null
  readonly timestamp: string | null
}

export type Observation =
  | { readonly type: 'sending'; readonly videoSig: string }
  /** fal took it: submit's answer, a look-up of its id, a webhook that names it, or fal's history. */
  | {
      readonly type: 'accepted'
      readonly requestId: string
      readonly by: Evidence
      readonly queuePosition?: number
    }
  /** fal's history has a request that may be its own, and may be somebody else's. */
  | { readonly type: 'candidate'; readonly requestId: string }
  /** Accepted with a request id that another generation has. */
  | { readonly type: 'duplicate'; readonly requestId: string }
  /** fal said no to the submit for certain; nothing was queued and nothing is paid. */
  | { readonly type: 'refused'; readonly failure: Failure }
  /** fal said no, in a way that does not prove that nothing was queued. `named`: what it named. */
  | { readonly type: 'unproven'; readonly failure: Failure; readonly named?: Named }
  /** The submit's answer proves neither. `named` is yet to be asked about. */
  | { readonly type: 'unanswered'; readonly named?: Named }
  | { readonly type: 'in_queue'; readonly position: number | null }
  /** Running, or it was and is over now. `logs` is the whole list so far. */
  | { readonly type: 'running'; readonly logs: readonly LogLine[]; readonly over?: boolean }
  | { readonly type: 'output'; readonly video: FalVideo; readonly billableUnits?: number }
  /** fal's word that the job failed. `billed` if fal bills this kind of failure. */
  | { readonly type: 'failure'; readonly failure: Failure; readonly billed: boolean }
  /** A result that reads like a failure of the job, or of fal's front: not yet to be believed. */
  | { readonly type: 'doubtful_failure'; readonly failure: Failure }
  | { readonly type: 'cancel_requested' }
  /** fal agreed to cancel; the job may finish all the same. */
  | { readonly type: 'cancel_accepted' }
  | { readonly type: 'canceled' }
  | { readonly type: 'not_found' }
  | { readonly type: 'resolved'; readonly charged: boolean }
  /** The account came back from a backup, so that it may have been sent all the same. */
  | { readonly type: 'restored'; readonly videoSig: string }
  /** What it was to do again turned out to be done. */
  | { readonly type: 'not_needed' }
  /** What fal charged for one of its requests; null if there is no charge a day after the end. */
  | { readonly type: 'billed'; readonly requestId: string; readonly microusd: number | null }
  /** The gateway keeps its video now, of so many bytes. */
  | { readonly type: 'archived'; readonly bytes: number }
  /** And why it does not, for good. */
  | { readonly type: 'not_archived'; readonly reason: string }
  | { readonly type: 'clock' }
  /** What was learned of another job that may be this generation's too. */
  | { readonly type: 'beside'; readonly requestId: string; readonly found: Found }

export type Found = Exclude<
  Observation,
  { readonly type: 'beside' | 'billed' | 'archived' | 'not_archived' }
>

export type ObservationType = Observation['type']

/** A fact of one kind. */
export type Fact<Type extends ObservationType> = Extract<Observation, { readonly type: Type }>
