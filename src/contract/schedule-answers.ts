/** How schedules, their previews and their runs are shown. */
import * as z from 'zod/mini'
import { CATCH_UPS, PAUSED_REASONS, RUN_OUTCOMES, scheduleInput } from './schedule.ts'

/** A schedule, as lists show it. */
export const scheduleSummary = z.object({
  /**
   * The id.
   * @pattern ^sch_[0-9a-hjkmnp-tv-z]{26}$
   */
  id: z.string(),
  object: z.literal('schedule'),
  name: z.string(),
  cron: z.string(),
  timezone: z.string(),
  /** The input of its generations, defaults filled in. */
  input: scheduleInput,
  prompts: z.nullable(z.array(z.string())),
  catch_up: z.enum(CATCH_UPS),
  paused: z.boolean(),
  /**
   * Why it is paused: someone asked for it (`requested`), five runs failed in a row (`failures`),
   * no run fits its limit (`budget`), or its key ended (`key_invalid`). Null while it is not
   * paused.
   */
  paused_reason: z.nullable(z.enum(PAUSED_REASONS)),
  daily_budget_usd: z.nullable(z.number()),
  starts_at: z.nullable(z.string()),
  ends_at: z.nullable(z.string()),
  /** Your own pairs, as you sent them. Its generations carry them. */
  metadata: z.record(z.string(), z.string()),
  /** Your own end user, for whom its runs make videos; null if you named none. */
  user: z.nullable(z.string()),
  webhook_url: z.nullable(z.string()),
  /** How many generations it has created, scheduled and by hand. */
  run_count: z.int(),
  /** How many runs failed since the last success; five pause it. */
  failures_in_a_row: z.int(),
  /** When it runs next; null while it is paused, and after its end. */
  next_run_at: z.nullable(z.string()),
  /** When it was made. */
  created_at: z.string(),
  /** When it was last changed. */
  updated_at: z.string(),
})

const outlook = {
  /**
   * Its next five times, as if it were not paused.
   * @items {"type":"string","format":"date-time"}
   */
  next_runs: z.array(z.string()),
  /** US dollars: the cost of its runs in the next 30 days, at today's price. */
  projected_monthly_usd: z.number(),
}

/** A schedule and its outlook. */
export const schedule = z.object({ ...scheduleSummary.shape, ...outlook })

/** What a schedule would do. Nothing is stored. */
export const schedulePreview = z.object({
  object: z.literal('schedule_preview'),
  cron: z.string(),
  timezone: z.string(),
  ...outlook,
  /** US dollars: the cost of one run. */
  cost_per_run_usd: z.number(),
  /** The prompt that the first of these runs would send. */
  prompt: z.string(),
})

/** An entry in a schedule's history: a run, or skipped times. */
export const scheduleRun = z.object({
  object: z.literal('schedule_run'),
  /** The schedule. */
  schedule_id: z.string(),
  /** Whether the clock or a person started it. */
  trigger: z.enum(['schedule', 'manual']),
  /**
   * The scheduled time; the last one if several were skipped.
   * @format date-time
   */
  slot: z.string(),
  /** When the generation was made; null if none was. */
  started_at: z.nullable(z.string()),
  /** The generation. */
  generation_id: z.nullable(z.string()),
  /**
   * The outcome; `pending` until its generation has ended. `skipped` if there was no generation, or
   * it was not sent by the schedule's next time. A skipped run costs nothing.
   */
  outcome: z.enum(RUN_OUTCOMES),
  /** A failure's code, or why the run was skipped; null otherwise. */
  reason: z.nullable(z.string()),
  /** The reason in words. */
  detail: z.nullable(z.string()),
  /** How many times this entry covers: more than one only if several were skipped. */
  slots: z.int(),
})

/** A schedule, as lists show it. */
export type ScheduleSummary = z.infer<typeof scheduleSummary>
/** A schedule and its outlook. */
export type Schedule = z.infer<typeof schedule>
/** What a schedule would do; nothing is stored. */
export type SchedulePreview = z.infer<typeof schedulePreview>
/** A run of a schedule, or skipped times. */
export type ScheduleRun = z.infer<typeof scheduleRun>
