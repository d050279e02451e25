/**
 * The only way a generation changes: its record and what was learned give the new record.
 *
 * Besides its own job, a generation may have others. What is learned of them (`beside`) changes
 * only them. What fal charged (`billed`) changes only the cost of an ended generation.
 */
import { isFinal } from '../../contract/status.ts'
import { archived } from './archive.ts'
import { billed } from './bill.ts'
import {
  ended,
  notNeeded,
  past,
  presumed,
  resolved,
  same,
  type Step,
  type Transition,
} from './change.ts'
import {
  adoptionDeadlineMs,
  leaseEndsMs,
  listeningEndsMs,
  longestEndMs,
  unreachableDeadlineMs,
} from './deadlines.ts'
import type { GenerationRecord } from './generation.ts'
import * as late from './late.ts'
import type { Fact, ObservationType } from './observation.ts'
import * as open from './open.ts'
import { learnedBeside, replaced } from './other-jobs.ts'

/** `presumed`: it ended without fal's word, and fal may still report on it. */
export const phaseOf = (generation: GenerationRecord) => {
  if (generation.status === 'submitting') {
    if (generation.sentAtMs === null) return 'unsent'
    return generation.unconfirmed ? 'unconfirmed' : 'sent'
  }
  if (!isFinal(generation.status)) return generation.status
  return generation.listening ? 'presumed' : 'settled'
}

export type Phase = ReturnType<typeof phaseOf>

/** In the phases before fal's request id is known. */
const submitted = <T>(step: T) => ({ sent: step, unconfirmed: step })
/** In the phases of an open job whose request id is known. */
const known = <T>(step: T) => ({ queued: step, in_progress: step })
const atFal = <T>(step: T) => ({ ...submitted(step), ...known(step) })
const always = <T>(step: T) => ({ unsent: step, ...atFal(step), settled: step, presumed: step })

/** What is learned, and what it does in each phase. In a phase that is not named, nothing. */
const TABLE: { readonly [Type in ObservationType]: Partial<Record<Phase, Step<Type>>> } = {
  sending: { unsent: open.inTime(open.sent) },
  accepted: {
    ...submitted(open.accepted),
    ...known(replaced),
    settled: late.acceptedAfterTheEnd,
    presumed: late.acceptedLate,
  },
  candidate: { unconfirmed: open.candidate, presumed: open.candidate },
  duplicate: submitted(presumed('duplicate_request_id')),
  refused: submitted(open.refused),
  unproven: submitted(open.unproven),
  unanswered: { sent: open.unanswered },
  in_queue: known(past(longestEndMs, presumed('timed_out'), open.stillQueued)),
  running: known(open.running),
  output: { ...atFal(ended), presumed: late.heard },
  failure: { ...atFal(ended), presumed: late.heard },
  doubtful_failure: known(open.doubted),
  cancel_requested: { unsent: open.canceledUnsent, ...atFal(open.cancelRequested) },
  cancel_accepted: known(open.cancelAccepted),
  canceled: { ...atFal(ended), presumed: late.heard },
  not_found: known(open.notFound),
  resolved: { unconfirmed: open.byAPerson, settled: resolved, presumed: resolved },
  restored: { unsent: open.restored, settled: late.restoredUnsent },
  not_needed: { unsent: notNeeded },
  clock: {
    unsent: open.inTime(same),
    sent: past(leaseEndsMs, open.unanswered),
    unconfirmed: past(adoptionDeadlineMs, presumed('submission_unconfirmed')),
    ...known(past(unreachableDeadlineMs, presumed('fal_unreachable'))),
    presumed: past(listeningEndsMs, late.silent),
  },
  beside: always(learnedBeside),
  billed: always(billed),
  archived: always(archived),
  not_archived: always(archived),
}

/**
 * The generation after an observation. Pure: the same three arguments give the same answer. If
 * nothing changes, it returns the same object.
 */
export const transition = <Type extends ObservationType>(
  generation: GenerationRecord,
  observation: Fact<Type>,
  nowMs: number,
): Transition => {
  const row: Partial<Record<Phase, Step<Type>>> = TABLE[observation.type]
  return (row[phaseOf(generation)] ?? same)(generation, observation, nowMs)
}
