/** Everything that can be learned about a generation, each as a tagged fact. */
import type { Evidence } from '../../contract/status.ts'
import type { Failure, FalVideo, Named } from './generation.ts'

export interface LogLine {
  readonly message: string
  readonly level: string | null
  readonly timestamp: string | null
}

export type Observation =
  | { readonly type: 'sending'; readonly videoSig: string }
  /** fal took it, by the submit's answer, a look-up, a webhook that names it, or fal's history. */
  | {
      readonly type: 'accepted'
      readonly requestId: string
      readonly by: Evidence
      readonly queuePosition?: number
    }
  /** A request in fal's history that may be its own, or someone else's. */
  | { readonly type: 'candidate'; readonly requestId: string }
  /** fal answered with a request id that another generation already has. */
  | { readonly type: 'duplicate'; readonly requestId: string }
  /** fal refused the submit for certain: nothing was queued and nothing is paid. */
  | { readonly type: 'refused'; readonly failure: Failure }
  /** fal refused it, which does not prove that nothing was queued. `named`: a request it named. */
  | { readonly type: 'unproven'; readonly failure: Failure; readonly named?: Named }
  /** The submit's answer proves neither. `named` is still to be looked up. */
  | { readonly type: 'unanswered'; readonly named?: Named }
  | { readonly type: 'in_queue'; readonly position: number | null }
  /** Running, or no longer running. `logs` is the whole list so far. */
  | { readonly type: 'running'; readonly logs: readonly LogLine[]; readonly over?: boolean }
  | { readonly type: 'output'; readonly video: FalVideo; readonly billableUnits?: number }
  /** fal reports that the job failed. `billed` if fal bills this kind of failure. */
  | { readonly type: 'failure'; readonly failure: Failure; readonly billed: boolean }
  /** A result that looks like a failure of the job or of fal's front; not believed yet. */
  | { readonly type: 'doubtful_failure'; readonly failure: Failure }
  | { readonly type: 'cancel_requested' }
  /** fal accepted the cancel; the job may still finish. */
  | { readonly type: 'cancel_accepted' }
  | { readonly type: 'canceled' }
  | { readonly type: 'not_found' }
  | { readonly type: 'resolved'; readonly charged: boolean }
  /** The account was restored from a backup, so it may have been sent nevertheless. */
  | { readonly type: 'restored'; readonly videoSig: string }
  /** The generation that it was to retry is done after all. */
  | { readonly type: 'not_needed' }
  /** What fal charged for one of its requests; null if there is no charge a day after the end. */
  | { readonly type: 'billed'; readonly requestId: string; readonly microusd: number | null }
  /** The gateway now keeps its video, of this many bytes. */
  | { readonly type: 'archived'; readonly bytes: number }
  /** Why the gateway will never keep its video. */
  | { readonly type: 'not_archived'; readonly reason: string }
  | { readonly type: 'clock' }
  /** What was learned of another job that may be this generation's too. */
  | { readonly type: 'beside'; readonly requestId: string; readonly found: Found }

export type Found = Exclude<
  Observation,
  { readonly type: 'beside' | 'billed' | 'archived' | 'not_archived' }
>

export type ObservationType = Observation['type']

export type Fact<Type extends ObservationType> = Extract<Observation, { readonly type: Type }>
