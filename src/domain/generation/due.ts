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
      return lookUntil(Infinity, leaseEndsMs(generation))
    case 'unconfirmed': {
      const gapMs = FIRST_LOOK_AT_NAMED_MS * LOOK_GROWTH ** looks.count
      const lookAtMs = (looks.lastAtMs ?? sentMs(generation)) + Math.min(gapMs, LONGEST_LOOK_GAP_MS)
      const isNamed = generation.named !== null
      return lookUntil(isNamed ? lookAtMs : Infinity, adoptionDeadlineMs(generation))
    }
    case 'queued':
    case 'in_progress': {
      const cancelMs = cancelAtMs(generation, looks)
      const lookAtMs = nextLookMs(generation, looks)
      if (cancelMs <= lookAtMs) return { what: 'cancel', atMs: cancelMs }
      return lookUntil(lookAtMs, unreachableDeadlineMs(generation))
    }
    case 'presumed': {
      const endsMs = listeningEndsMs(generation)
      const lookAtMs = lateLookMs(generation, looks.lastAtMs ?? generation.finishedAtMs ?? endsMs)
      return lookUntil(lookAtMs < endsMs ? lookAtMs : Infinity, endsMs)
    }
    case 'settled':
      return null
  }
}

/** A look if it comes before the clock's verdict, which comes a second after the deadline. */
const lookUntil = (lookAtMs: number, deadlineMs: number): Due => {
  const verdictMs = deadlineMs + SECOND_MS
  return lookAtMs <= verdictMs
    ? { what: 'look', atMs: lookAtMs }
    : { what: 'clock', atMs: verdictMs }
}

const cancelAtMs = (generation: GenerationRecord, looks: LookHistory): number => {
  const { cancelRequestedAtMs: askedAtMs, cancelAcceptedAtMs: acceptedAtMs } = generation
  if (askedAtMs === null || acceptedAtMs !== null) return Infinity
  const gapMs = CANCEL_TRIES_GAPS_MS[looks.cancelTries] ?? LONGEST_CANCEL_GAP_MS
  return Math.max(askedAtMs, looks.lastAtMs ?? 0) + gapMs
}

const nextLookMs = (generation: GenerationRecord, { lastAtMs, count }: LookHistory): number => {
  const { cancelAcceptedAtMs: sinceMs, webhookOrigin, firstLookAfterMs } = generation
  if (sinceMs !== null) {
    const gapMs = LOOKS_AFTER_CANCEL_MS.find((gap) => sinceMs + gap > (lastAtMs ?? 0))
    if (gapMs !== undefined) return sinceMs + gapMs
  }
  const isFirst = lastAtMs === null || count === 0
  const withHookMs = isFirst ? firstLookAfterMs : SECOND_LOOK_MS
  const baseMs = webhookOrigin === null ? FIRST_LOOK_WITHOUT_HOOK_MS : withHookMs
  const gapMs = isFirst ? baseMs : baseMs * LOOK_GROWTH ** (count - 1)
  return (isFirst ? sentMs(generation) : lastAtMs) + Math.min(gapMs, LONGEST_LOOK_GAP_MS)
}

const lateLookMs = (generation: GenerationRecord, lastMs: number): number => {
  const { falRequestId, named } = generation
  if (falRequestId === null) return named === null ? Infinity : lastMs + LOOK_GAP_AFTER_THE_END_MS
  return lastMs + Math.min(growingGapMs(sentMs(generation), lastMs), LOOK_GAP_AFTER_THE_END_MS)
}

/** At once, then after gaps that grow with the time since the job became known. */
const besideDueMs = ({ sinceMs }: OtherJob, { besideAtMs = 0 }: LookHistory): number => {
  if (besideAtMs < sinceMs) return sinceMs
  return besideAtMs + Math.min(growingGapMs(sinceMs, besideAtMs), LONGEST_LOOK_GAP_MS)
}

/** Half the time from `fromMs` to the last look, and never too short. */
const growingGapMs = (fromMs: number, lastMs: number): number =>
  Math.max(FIRST_LOOK_AT_NAMED_MS, (lastMs - fromMs) / 2)
