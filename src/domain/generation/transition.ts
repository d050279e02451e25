/**
 * The only way a generation changes: its record and what was learned give the new record.
 *
 * Rows are what was learned, columns what the generation was. `·` changes nothing.
 *
 * | learned          | unsent      | sent        | unconfirmed | queued      | in_progress | completed, failed, canceled | failed, listening |
 * |------------------|-------------|-------------|-------------|-------------|-------------|-----|--------------------|
 * | sending          | sent, or failed past its deadline | ·           | ·           | ·           | ·           | ·   | ·                  |
 * | accepted         | ·           | queued      | queued      | ·           | ·           | listens again, unless its end was fal's word | request id kept |
 * | accepted, another id | ·       |             |             | replaces one that rests on less, whose job is kept beside | as queued | kept beside | kept beside |
 * | candidate        | ·           | ·           | noted       | ·           | ·           | ·   | noted              |
 * | duplicate        | ·           | failed by the clock | failed by the clock | · | ·       | ·   | ·                  |
 * | refused          | ·           | failed      | failed      | ·           | ·           | ·   | ·                  |
 * | unproven         | ·           | failed, unproven | failed, unproven | · | ·           | ·   | ·                  |
 * | unanswered       | ·           | unconfirmed, or failed by the clock when neither a webhook can come nor fal's history tell, and no id was named | · | · | · | · | · |
 * | in_queue         | ·           | ·           | ·           | position    | ·           | ·   | ·                  |
 * | running          | ·           | ·           | ·           | in_progress | new logs    | ·   | ·                  |
 * | output           | ·           | completed   | completed   | completed   | completed   | ·   | late, charged      |
 * | failure          | ·           | failed      | failed      | failed      | failed      | ·   | late, cost settled |
 * | doubtful_failure | ·           | ·           | ·           | failed at the third over a minute | as queued | · | · |
 * | cancel_requested | canceled    | remembered  | remembered  | remembered  | remembered  | ·   | ·                  |
 * | cancel_accepted  | ·           | ·           | ·           | noted       | noted       | ·   | ·                  |
 * | canceled         | ·           | canceled    | canceled    | canceled    | canceled    | ·   | late, released     |
 * | not_found        | ·           | ·           | ·           | canceled if a cancel was accepted | as queued | · | · |
 * | resolved         | ·           | ·           | failed, a person's word, once it is two minutes old | · | · | a cost that is unknown | a cost that is unknown |
 * | restored         | unconfirmed, or failed by the clock as unanswered | · | · | · | ·    | failed by the clock, if it was never sent | · |
 * | not_needed       | failed      | ·           | ·           | ·           | ·           | ·   | ·                  |
 * | clock            | failed past its deadline | unconfirmed once its lease is over | failed past the deadline | failed after a day | as queued | · | stops listening, and what was unproven is released |
 *
 * Besides its own job, a generation may have others. What is learned of them (`beside`) changes
 * only them, in every column. What fal charged (`billed`) changes only the cost of an ended
 * generation. `archived` and `not_archived` note whether the gateway keeps the video.
 *
 * A look that still shows queued or running, past every time at which that can be true, ends the
 * generation as `timed_out`.
 */
import { isFinal } from '../../contract/status.ts'
import { archived } from './archive.ts'
import { billed } from './bill.ts'
import {
  canceled,
  candidate,
  changed,
  completed,
  failed,
  maybeSent,
  notSent,
  presumed,
  resolved,
  same,
  type Step,
  type Transition,
  unproven,
} from './change.ts'
import {
  adoptionDeadlineMs,
  leaseEndsMs,
  sendDeadlineMs,
  stopsCountingMs,
  unreachableDeadlineMs,
} from './deadlines.ts'
import type { GenerationRecord, Named } from './generation.ts'
import { afterTheEnd, late } from './late.ts'
import type { Fact, Found, Observation, ObservationType } from './observation.ts'
import { learnedBeside, replaced } from './other-jobs.ts'
import { doubted, running, stillQueued, sure } from './progress.ts'

export type Phase = 'unsent' | OpenPhase | 'settled' | 'presumed'

type OpenPhase = 'sent' | 'unconfirmed' | 'queued' | 'in_progress'

export const phaseOf = (generation: GenerationRecord): Phase => {
  if (generation.status === 'submitting') {
    if (generation.sentAtMs === null) return 'unsent'
    return generation.unconfirmed ? 'unconfirmed' : 'sent'
  }
  if (!isFinal(generation.status)) return generation.status
  return generation.listening ? 'presumed' : 'settled'
}

/**
 * The generation after an observation. Pure: the same three arguments give the same answer. If
 * nothing changes, it returns the same object.
 */
export const transition: Step<Observation> = (generation, observation, nowMs) => {
  if (observation.type === 'beside') return learnedBeside(generation, observation, nowMs)
  if (observation.type === 'billed') return billed(generation, observation, nowMs)
  if (observation.type === 'archived' || observation.type === 'not_archived') {
    return archived(generation, observation, nowMs)
  }
  const phase = phaseOf(generation)
  if (phase === 'settled') return afterTheEnd(generation, observation, nowMs)
  if (phase === 'presumed') return late(generation, observation, nowMs)
  if (phase === 'unsent') return unsent(generation, observation, nowMs)
  return open(generation, observation, nowMs, phase)
}

const unsent: Step<Found> = (generation, observation, nowMs) => {
  const isTooLate = nowMs >= sendDeadlineMs(generation)
  switch (observation.type) {
    case 'sending':
      return isTooLate
        ? notSent(generation, 'too_late', nowMs)
        : changed(generation, { sentAtMs: nowMs, videoSig: observation.videoSig })
    case 'clock':
      return isTooLate ? notSent(generation, 'too_late', nowMs) : same(generation)
    case 'not_needed':
      return notSent(generation, 'not_needed', nowMs)
    case 'restored':
      return unanswered(maybeSent(generation, observation.videoSig, nowMs), nowMs)
    case 'cancel_requested':
      return canceled({ ...generation, cancelRequestedAtMs: nowMs }, nowMs)
    default:
      return same(generation)
  }
}

/** Facts learned only of a job whose request id is known, and facts learned only before that. */
const IS_OF_KNOWN: Partial<Record<ObservationType, boolean>> = {
  in_queue: true,
  running: true,
  doubtful_failure: true,
  cancel_accepted: true,
  not_found: true,
  duplicate: false,
  refused: false,
  unproven: false,
  unanswered: false,
}

const open = (
  generation: GenerationRecord,
  observation: Found,
  nowMs: number,
  phase: OpenPhase,
): Transition => {
  const isKnown = phase === 'queued' || phase === 'in_progress'
  if (IS_OF_KNOWN[observation.type] === !isKnown) return same(generation)
  switch (observation.type) {
    case 'sending':
    case 'not_needed':
    case 'restored':
      return same(generation)
    case 'resolved':
      return phase === 'unconfirmed' && nowMs >= stopsCountingMs(generation)
        ? byAPerson(generation, observation.charged, nowMs)
        : same(generation)
    case 'accepted':
      return isKnown
        ? replaced(generation, observation, nowMs)
        : accepted(generation, observation, nowMs)
    case 'candidate':
      return phase === 'unconfirmed' ? candidate(generation, observation, nowMs) : same(generation)
    case 'duplicate':
      return presumed(generation, 'duplicate_request_id', nowMs)
    case 'refused':
      return failed({ ...generation, refusedAtSubmit: true }, observation, nowMs)
    case 'unproven':
      return unproven(generation, observation, nowMs)
    case 'unanswered':
      return phase === 'sent' ? unanswered(generation, nowMs, observation.named) : same(generation)
    case 'in_queue':
      return stillQueued(sure(generation), observation.position, nowMs)
    case 'running':
      return running(generation, observation, nowMs)
    case 'output':
      return completed(generation, observation, nowMs)
    case 'failure':
      return failed(generation, observation, nowMs)
    case 'doubtful_failure':
      return doubted(generation, observation.failure, nowMs)
    case 'cancel_requested':
      if (generation.cancelRequestedAtMs !== null) return same(generation)
      return changed(generation, { cancelRequestedAtMs: nowMs }, 'generation.cancel_requested')
    case 'cancel_accepted':
      if (generation.cancelAcceptedAtMs !== null) return same(generation)
      return changed(generation, { cancelAcceptedAtMs: nowMs })
    case 'canceled':
      return canceled(generation, nowMs)
    case 'not_found':
      return generation.cancelAcceptedAtMs === null ? same(generation) : canceled(generation, nowMs)
    case 'clock':
      return byTheClock(generation, phase, nowMs)
  }
}

const accepted: Step<Fact<'accepted'>> = (generation, { requestId, by, queuePosition = null }) => {
  const known = { falRequestId: requestId, adoptedBy: by, queuePosition }
  const queued = { ...known, status: 'queued', unconfirmed: false } as const
  return changed(generation, queued, 'generation.queued')
}

const unanswered = (generation: GenerationRecord, nowMs: number, named?: Named): Transition =>
  // The generated seed makes it unmistakable in fal's history.
  generation.webhookOrigin !== null || named !== undefined || generation.seedSource === 'generated'
    ? changed(generation, { unconfirmed: true, named: named ?? null }, 'generation.unconfirmed')
    : presumed(generation, 'submission_unconfirmed', nowMs)

const byAPerson = (generation: GenerationRecord, isCharged: boolean, nowMs: number): Transition => {
  const { generation: ended, events } = presumed(generation, 'submission_unconfirmed', nowMs)
  const { generation: said } = resolved(ended, isCharged)
  return { generation: { ...said, listeningUntilMs: adoptionDeadlineMs(generation) }, events }
}

const byTheClock: Step<OpenPhase> = (generation, phase, nowMs) => {
  if (phase === 'sent') {
    return nowMs > leaseEndsMs(generation) ? unanswered(generation, nowMs) : same(generation)
  }
  const [deadlineMs, code] =
    phase === 'unconfirmed'
      ? ([adoptionDeadlineMs(generation), 'submission_unconfirmed'] as const)
      : ([unreachableDeadlineMs(generation), 'fal_unreachable'] as const)
  return nowMs > deadlineMs ? presumed(generation, code, nowMs) : same(generation)
}
