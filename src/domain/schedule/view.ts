/** Schedules and their runs, as callers see them. */
import type { PriceTable } from '../../contract/model.ts'
import type {
  Schedule,
  SchedulePreview,
  ScheduleRun,
  ScheduleSummary,
} from '../../contract/schedule-answers.ts'
import { toIso, toIsoOrNull, toUsd, usdOrNull } from '../../contract/units.ts'
import { DAY_MS } from '../generation/deadlines.ts'
import type { ScheduleDraft, ScheduleRecord } from './schedule.ts'
import type { RunRecord } from './run.ts'
import { fillIn } from './template.ts'
import { countRuns, nextRuns } from './times.ts'

const SHOWN_RUNS = 5
const MONTH_MS = 30 * DAY_MS

export const renderSummary = (schedule: ScheduleRecord): ScheduleSummary => ({
  id: schedule.id,
  object: 'schedule',
  name: schedule.name,
  cron: schedule.cron,
  timezone: schedule.timeZone,
  input: schedule.input,
  prompts: schedule.prompts === null ? null : [...schedule.prompts],
  catch_up: schedule.catchUp,
  paused: schedule.pausedReason !== null,
  paused_reason: schedule.pausedReason,
  daily_budget_usd: usdOrNull(schedule.dailyBudgetMicrousd),
  starts_at: toIsoOrNull(schedule.startsAtMs),
  ends_at: toIsoOrNull(schedule.endsAtMs),
  metadata: { ...schedule.metadata },
  user: schedule.user,
  webhook_url: schedule.webhookUrl,
  run_count: schedule.runCount,
  failures_in_a_row: schedule.failuresInARow,
  next_run_at: toIsoOrNull(schedule.nextSlotMs),
  created_at: toIso(schedule.createdAtMs),
  updated_at: toIso(schedule.updatedAtMs),
})

export const renderSchedule = (
  schedule: ScheduleRecord,
  prices: PriceTable,
  nowMs: number,
): Schedule => ({ ...renderSummary(schedule), ...outlook(schedule, prices, nowMs) })

export const renderPreview = (
  draft: ScheduleDraft,
  prices: PriceTable,
  nowMs: number,
): SchedulePreview => {
  const { cron, timeZone, input, prompts } = draft
  const slotMs = nextRuns(draft, nowMs, 1)[0] ?? nowMs
  return {
    object: 'schedule_preview',
    cron,
    timezone: timeZone,
    ...outlook(draft, prices, nowMs),
    cost_per_run_usd: toUsd(priceOf(draft, prices)),
    prompt: fillIn(input, prompts, { slotMs, timeZone, runNumber: 1 }).prompt,
  }
}

export const renderRun = (run: RunRecord): ScheduleRun => ({
  object: 'schedule_run',
  schedule_id: run.scheduleId,
  trigger: run.trigger,
  slot: toIso(run.slotMs),
  started_at: toIsoOrNull(run.startedAtMs),
  generation_id: run.generationId,
  outcome: run.outcome,
  reason: run.reason,
  detail: run.detail,
  slots: run.slots,
})

const outlook = (draft: ScheduleDraft | ScheduleRecord, prices: PriceTable, nowMs: number) => ({
  next_runs: nextRuns(draft, nowMs, SHOWN_RUNS).map(toIso),
  projected_monthly_usd: toUsd(countRuns(draft, nowMs, nowMs + MONTH_MS) * priceOf(draft, prices)),
})

const priceOf = ({ input }: Pick<ScheduleDraft, 'input'>, prices: PriceTable): number =>
  prices[input.resolution][input.duration]
