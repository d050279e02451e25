/** When a generation next needs the account, and for what. */
import { readDocument } from '../document.ts'
import {
  adoptionDeadlineMs,
  leaseEndsMs,
  listeningEndsMs,
  SECOND_MS,
  sentMs,
  unreachableDeadlineMs,
} from './deadlines.ts'
import type { GenerationRecord, OtherJob } from './generation.ts'
import { pendingJobs } from './other-jobs.ts'
import { phaseOf } from './transition.ts'

/** Past looks by the clock; looks for a reader do not count. */
export interface LookHistory {
  readonly count: number
  readonly lastAtMs: number | null
  /** Cancels sent that fal has not answered. */
  readonly cancelTries: number
  /** Whether the last cancel got no answer, so that fal may have accepted it. */
  readonly isCancelUnanswered?: boolean
  /** When its other jobs were last looked at; absent if never. */
  readonly besideAtMs?: number
}

export const NO_LOOKS: LookHistory = { count: 0, lastAtMs: null, cancelTries: 0 }

export const readLooks = (text: string): LookHistory => readDocument(text, NO_LOOKS)

/** Without a webhook, the first look comes soon and the others ever further apart. */
const FIRST_LOOK_WITHOUT_HOOK_MS = 5 * SECOND_MS
/** A named id that could not be looked up at once: soon again, since its job may be paid for. */
const FIRST_LOOK_AT_NAMED_MS = 2 * SECOND_MS
/** With a webhook, a second look means that the webhook is late. */
const SECOND_LOOK_MS = 30 * SECOND_MS
/** Far below the hour for which fal keeps a result. */
const LONGEST_LOOK_GAP_MS = 300 * SECOND_MS
/** A generation that ended without fal's word is looked at now and then, within that hour too. */
const LOOK_GAP_AFTER_THE_END_MS = 1800 * SECOND_MS
const LOOK_GROWTH = 1.5
/** fal may send no webhook for a canceled job, so look soon after a cancel. */
const LOOKS_AFTER_CANCEL_MS = [1, 2, 5, 10, 30].map((seconds) => seconds * SECOND_MS)
/** A cancel is repeated until fal answers it: fal bills a job whose cancel it never got. */
const CANCEL_TRIES_GAPS_MS = [0, 1, 2, 5, 10, 30].map((seconds) => seconds * SECOND_MS)
const LONGEST_CANCEL_GAP_MS = 60 * SECOND_MS

/** Without known durations of its kind, the webhook is late after this long. */
export const DEFAULT_FIRST_LOOK_MS = 120 * SECOND_MS

export type Due = {
  readonly what: 'send' | 'cancel' | 'look' | 'look_beside' | 'clock'
  readonly atMs: number
} | null

/** The next thing to do for a generation; null if nothing is left. */
export const nextDue = (generation: GenerationRecord, looks: LookHistory): Due => {
  const own = ownDue(generation, looks)
  const atMs = Math.min(...pendingJobs(generation).map((job) => besideDueMs(job, looks)))
  return atMs < (own?.atMs ?? Infinity) ? { what: 'look_beside', atMs } : own
}

const ownDue = (generation: GenerationRecord, looks: LookHistory): Due => {
  switch (phaseOf(generation)) {
    case 'unsent':
      return { what: 'send', atMs: generation.createdAtMs }
    case 'sent':
      return { what: 'clock', atMs: leaseEndsMs(generation) + SECOND_MS }
    case 'unconfirmed':
      return unconfirmed(generation, looks)
    case 'queued':
    case 'in_progress':
      return known(generation, looks)
    case 'presumed':
      return presumed(generation, looks)
    case 'settled':
      return null
  }
}

const unconfirmed = (generation: GenerationRecord, looks: LookHistory): Due => {
  const deadlineMs = adoptionDeadlineMs(generation) + SECOND_MS
  const gapMs = FIRST_LOOK_AT_NAMED_MS * LOOK_GROWTH ** Math.min(looks.count, 20)
  const lookAtMs = (looks.lastAtMs ?? sentMs(generation)) + Math.min(gapMs, LONGEST_LOOK_GAP_MS)
  return lookUntil(generation.named === null ? Infinity : lookAtMs, deadlineMs)
}

const known = (generation: GenerationRecord, looks: LookHistory): Due => {
  const cancelMs = cancelAtMs(generation, looks)
  const lookAtMs = nextLookMs(generation, looks)
  if (cancelMs <= lookAtMs) return { what: 'cancel', atMs: cancelMs }
  return lookUntil(lookAtMs, unreachableDeadlineMs(generation) + SECOND_MS)
}

/** A look if it comes before the deadline, else the clock's verdict. */
const lookUntil = (lookAtMs: number, deadlineMs: number): Due =>
  lookAtMs <= deadlineMs ? { what: 'look', atMs: lookAtMs } : { what: 'clock', atMs: deadlineMs }

const presumed = (generation: GenerationRecord, looks: LookHistory): Due => {
  const endsMs = listeningEndsMs(generation)
  const lastMs = looks.lastAtMs ?? generation.finishedAtMs ?? endsMs
  const isKnown = generation.falRequestId !== null
  const gapMs = isKnown ? growingGapMs(sentMs(generation), lastMs) : Infinity
  const lookAtMs = lastMs + Math.min(gapMs, LOOK_GAP_AFTER_THE_END_MS)
  const canLook = isKnown || generation.named !== null
  return canLook && lookAtMs < endsMs
    ? { what: 'look', atMs: lookAtMs }
    : { what: 'clock', atMs: endsMs + SECOND_MS }
}

const cancelAtMs = (generation: GenerationRecord, looks: LookHistory): number => {
  const { cancelRequestedAtMs: askedAtMs, cancelAcceptedAtMs: acceptedAtMs } = generation
  if (askedAtMs === null || acceptedAtMs !== null) return Infinity
  const gapMs = CANCEL_TRIES_GAPS_MS[looks.cancelTries] ?? LONGEST_CANCEL_GAP_MS
  return Math.max(askedAtMs, looks.lastAtMs ?? 0) + gapMs
}

const nextLookMs = (generation: GenerationRecord, looks: LookHistory): number => {
  if (generation.cancelAcceptedAtMs !== null) {
    const sinceMs = generation.cancelAcceptedAtMs
    const gapMs = LOOKS_AFTER_CANCEL_MS.find((gap) => sinceMs + gap > (looks.lastAtMs ?? 0))
    if (gapMs !== undefined) return sinceMs + gapMs
  }
  if (looks.lastAtMs === null || looks.count === 0) {
    const firstMs =
      generation.webhookOrigin !== null ? generation.firstLookAfterMs : FIRST_LOOK_WITHOUT_HOOK_MS
    return sentMs(generation) + Math.min(firstMs, LONGEST_LOOK_GAP_MS)
  }
  const firstGapMs = generation.webhookOrigin !== null ? SECOND_LOOK_MS : FIRST_LOOK_WITHOUT_HOOK_MS
  const gapMs = firstGapMs * LOOK_GROWTH ** Math.min(looks.count - 1, 20)
  return looks.lastAtMs + Math.min(gapMs, LONGEST_LOOK_GAP_MS)
}

/** At once, then after gaps that grow with the time since the job became known. */
const besideDueMs = ({ sinceMs }: OtherJob, { besideAtMs = 0 }: LookHistory): number => {
  if (besideAtMs < sinceMs) return sinceMs
  return besideAtMs + Math.min(growingGapMs(sinceMs, besideAtMs), LONGEST_LOOK_GAP_MS)
}

/** Half the time from `fromMs` to the last look, and never too short. */
const growingGapMs = (fromMs: number, lastMs: number): number =>
  Math.max(FIRST_LOOK_AT_NAMED_MS, (lastMs - fromMs) / 2)
