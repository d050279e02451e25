/** Everything that can be learned about a generation, each as a tagged fact. */
import type { Evidence } from '../../contract/status.ts'
import type { Failure, FalVideo, Named } from './generation.ts'

export interface LogLine {
  readonly message: string
  readonly level: string | null
  readonly timestamp: string | null
}

/** What each type of fact says. */
interface Facts {
  sending: { videoSig: string }
  /** fal took it, by the submit's answer, a look-up, a webhook that names it, or fal's history. */
  accepted: { requestId: string; by: Evidence; queuePosition?: number }
  /** A request in fal's history that may be its own, or someone else's. */
  candidate: { requestId: string }
  /** fal answered with a request id that another generation already has. */
  duplicate: { requestId: string }
  /** fal refused the submit for certain: nothing was queued and nothing is paid. */
  refused: { failure: Failure }
  /** fal refused it, which does not prove that nothing was queued. `named`: a request it named. */
  unproven: { failure: Failure; named?: Named }
  /** The submit's answer proves neither. `named` is still to be looked up. */
  unanswered: { named?: Named }
  in_queue: { position: number | null }
  /** Running, or no longer running. `logs` is the whole list so far. */
  running: { logs: readonly LogLine[]; over?: boolean }
  output: { video: FalVideo; billableUnits?: number }
  /** fal reports that the job failed. `billed` if fal bills this kind of failure. */
  failure: { failure: Failure; billed: boolean }
  /** A result that looks like a failure of the job or of fal's front; not believed yet. */
  doubtful_failure: { failure: Failure }
  cancel_requested: object
  /** fal accepted the cancel; the job may still finish. */
  cancel_accepted: object
  canceled: object
  not_found: object
  resolved: { charged: boolean }
  /** The account was restored from a backup, so it may have been sent nevertheless. */
  restored: { videoSig: string }
  /** The generation that it was to retry is done after all. */
  not_needed: object
  /** What fal charged for one of its requests; null if there is no charge a day after the end. */
  billed: { requestId: string; microusd: number | null }
  /** The gateway now keeps its video, of this many bytes. */
  archived: { bytes: number }
  /** Why the gateway will never keep its video. */
  not_archived: { reason: string }
  clock: object
  /** What was learned of another job that may be this generation's too. */
  beside: { requestId: string; found: Found }
}

export type ObservationType = keyof Facts

export type Fact<Type extends ObservationType> = {
  [Each in Type]: { readonly type: Each } & Readonly<Facts[Each]>
}[Type]

export type Observation = Fact<ObservationType>

export type Found = Fact<
  Exclude<ObservationType, 'beside' | 'billed' | 'archived' | 'not_archived'>
>
