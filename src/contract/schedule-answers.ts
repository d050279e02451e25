/** What is shown of schedules, of what they would do, and of what they did. */
import * as z from 'zod/mini'
import { CATCH_UPS, PAUSED_REASONS, RUN_OUTCOMES, scheduleInput } from './schedule.ts'

/** A schedule as it stands in a list. */
export const scheduleSummary = z.object({
  id: z.string(),
  object: z.literal('schedule'),
  name: z.string(),
  cron: z.string(),
  timezone: z.string(),
  input: scheduleInput,
  prompts: z.nullable(z.array(z.string())),
  catch_up: z.enum(CATCH_UPS),
  paused: z.boolean(),
  /** Null while it is not paused. */
  paused_reason: z.nullable(z.enum(PAUSED_REASONS)),
  daily_budget_usd: z.nullable(z.number()),
  starts_at: z.nullable(z.string()),
  ends_at: z.nullable(z.string()),
  metadata: z.record(z.string(), z.string()),
  user: z.nullable(z.string()),
  webhook_url: z.nullable(z.string()),
  /** Generations it has made so far, by the clock and by hand. */
  run_count: z.int(),
  /** Runs in a row that failed; five pause it. */
  failures_in_a_row: z.int(),
  /** Null while it is paused, and once it has ended. */
  next_run_at: z.nullable(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
})

const outlook = {
  /** The next five times, as if it were not paused. */
  next_runs: z.array(z.string()),
  /** What its runs of the next 30 days cost at today's price. */
  projected_monthly_usd: z.number(),
}

/** One schedule, and what is to come of it. */
export const schedule = z.object({ ...scheduleSummary.shape, ...outlook })

/** What a schedule would do; nothing is stored. */
export const schedulePreview = z.object({
  object: z.literal('schedule_preview'),
  cron: z.string(),
  timezone: z.string(),
  ...outlook,
  /** One run, in US dollars. */
  cost_per_run_usd: z.number(),
  /** The prompt as the first of these runs would send it. */
  prompt: z.string(),
})

/** One entry of a schedule's history: a run, or times that were let go. */
export const scheduleRun = z.object({
  object: z.literal('schedule_run'),
  schedule_id: z.string(),
  trigger: z.enum(['schedule', 'manual']),
  /** The time it stands for: of several that were let go, the last. */
  slot: z.string(),
  /** When the generation was made; null where none was. */
  started_at: z.nullable(z.string()),
  generation_id: z.nullable(z.string()),
  outcome: z.enum(RUN_OUTCOMES),
  /** A failure's code, or why the run was skipped; null otherwise. */
  reason: z.nullable(z.string()),
  /** The same in words. */
  detail: z.nullable(z.string()),
  /** Times that this entry stands for: more than one only where several were let go. */
  slots: z.int(),
})

/** A schedule as it stands in a list. */
export type ScheduleSummary = z.infer<typeof scheduleSummary>
/** A schedule, and what is to come of it. */
export type Schedule = z.infer<typeof schedule>
/** What a schedule would do; nothing is stored. */
export type SchedulePreview = z.infer<typeof schedulePreview>
/** A run of a schedule, or times that were let go. */
export type ScheduleRun = z.infer<typeof scheduleRun>
