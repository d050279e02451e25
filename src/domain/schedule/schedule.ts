/** The account's record of a schedule, and how its caller's changes apply. */
import type { FieldError } from '../../contract/problem.ts'
import { toMicrousd } from '../../contract/units.ts'
import type {
  CatchUp,
  PausedReason,
  ScheduleChanges,
  ScheduleInput,
} from '../../contract/schedule.ts'
import { given, orNull, readDocument } from '../document.ts'
import { err, ok, type Result } from '../result.ts'
import { nextRun, type Timing } from './times.ts'

/** The fields that the caller decides. */
interface Decided extends Timing {
  readonly name: string
  readonly input: ScheduleInput
  readonly prompts: readonly string[] | null
  readonly catchUp: CatchUp
  readonly dailyBudgetMicrousd: number | null
  readonly metadata: Readonly<Record<string, string>>
  /** The caller's own end user, for whom its runs make videos. */
  readonly user: string | null
  /** Receives its runs and pauses, besides the account's endpoints. */
  readonly webhookUrl: string | null
}

export type ScheduleDraft = Decided & { readonly paused: boolean }

export interface ScheduleRecord extends Decided {
  readonly id: string
  readonly accountId: string
  /** The key that made it; its runs count against that key's budgets. */
  readonly keyId: string
  readonly pausedReason: PausedReason | null
  readonly runCount: number
  readonly failuresInARow: number
  /** The next slot that was neither run nor skipped; null while it is paused or over. */
  readonly nextSlotMs: number | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export const readSchedule = (text: string): ScheduleRecord =>
  readDocument<ScheduleRecord>(text, { webhookUrl: null, user: null })

export const DRAFT_DEFAULTS = {
  timeZone: 'UTC',
  startsAtMs: null,
  endsAtMs: null,
  prompts: null,
  catchUp: 'skip',
  dailyBudgetMicrousd: null,
  metadata: {},
  user: null,
  webhookUrl: null,
  paused: false,
} as const satisfies Partial<ScheduleDraft>

export const readChanges = (body: ScheduleChanges): Partial<ScheduleDraft> => {
  const { cron, timezone, starts_at, ends_at, catch_up, daily_budget_usd, webhook_url, ...same } =
    body
  return given({
    ...same,
    cron: cron?.trim(),
    timeZone: timezone,
    startsAtMs: orNull(starts_at, Date.parse),
    endsAtMs: orNull(ends_at, Date.parse),
    catchUp: catch_up,
    dailyBudgetMicrousd: orNull(daily_budget_usd, toMicrousd),
    webhookUrl: webhook_url,
  })
}

export const readDraft = (
  body: ScheduleChanges & Pick<ScheduleDraft, 'name' | 'cron' | 'input'>,
): ScheduleDraft => {
  const { name, cron, input } = body
  return { ...DRAFT_DEFAULTS, name, input, cron: cron.trim(), ...readChanges(body) }
}

/** Faults that no single field shows: a schedule without a prompt, or one that never fires. */
export const faultsOf = (draft: Decided, nowMs: number): FieldError[] => {
  const { startsAtMs, endsAtMs, prompts, input } = draft
  const faults: FieldError[] = []
  if (prompts === null && input.prompt === undefined) {
    faults.push({ path: 'input.prompt', message: 'is required if there are no prompts' })
  }
  if (endsAtMs !== null && endsAtMs <= Math.max(nowMs, startsAtMs ?? nowMs)) {
    const message =
      startsAtMs !== null ? 'must be later than starts_at, and now' : 'is over already'
    faults.push({ path: 'ends_at', message })
  } else if (nextRun(draft, nowMs) === null) {
    const message = nextRun({ ...draft, startsAtMs: null, endsAtMs: null }, nowMs)
      ? 'never fires between starts_at and ends_at'
      : 'never fires: no day has that date'
    faults.push({ path: 'cron', message })
  }
  return faults
}

export const newSchedule = (
  { paused, ...draft }: ScheduleDraft,
  made: Pick<ScheduleRecord, 'id' | 'accountId' | 'keyId'>,
  nowMs: number,
): ScheduleRecord => ({
  ...draft,
  ...made,
  pausedReason: paused ? 'requested' : null,
  runCount: 0,
  failuresInARow: 0,
  nextSlotMs: paused ? null : nextRun(draft, nowMs),
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
})

const TIMING = ['cron', 'timeZone', 'startsAtMs', 'endsAtMs'] as const
/** A key that changes one of these takes the schedule over. */
const SPENDING = [...TIMING, 'input', 'prompts', 'catchUp', 'dailyBudgetMicrousd'] as const

/**
 * The schedule after its caller's changes, or their faults. Slots count from now once its timing
 * changes or it is resumed: missed slots stay missed.
 *
 * @param keyId the caller's key, which takes the schedule over if it changes the spending or
 * resumes it
 */
export const changeSchedule = (
  schedule: ScheduleRecord,
  changes: Partial<ScheduleDraft>,
  keyId: string,
  nowMs: number,
): Result<ScheduleRecord, readonly FieldError[]> => {
  const was = schedule.pausedReason
  const { paused = was !== null, ...draft } = changes
  const drafted = { ...schedule, ...draft }
  const resumes = was !== null && !paused
  const isTimed = resumes || TIMING.some((field) => changes[field] !== undefined)
  const faults = faultsOf(drafted, nowMs).filter(({ path }) => isTimed || path === 'input.prompt')
  if (faults.length > 0) return err(faults)
  const changed: ScheduleRecord = {
    ...drafted,
    ...(resumes ? { pausedReason: null, failuresInARow: 0 } : {}),
    // Whoever decides what it spends, and when, pays from their own budgets.
    ...(resumes || SPENDING.some((field) => changes[field] !== undefined) ? { keyId } : {}),
    ...(paused && was === null ? { pausedReason: 'requested' } : {}),
    updatedAtMs: nowMs,
  }
  if (paused) return ok({ ...changed, nextSlotMs: null })
  return ok(isTimed ? { ...changed, nextSlotMs: nextRun(drafted, nowMs) } : changed)
}
