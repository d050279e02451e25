/** What is shown of schedules, of what they would do, and of what they did. */
import * as z from 'zod/mini'
import { CATCH_UPS, PAUSED_REASONS, RUN_OUTCOMES, scheduleInput } from './schedule.ts'

/** A schedule as it stands in a list. */
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
   * Who paused it: somebody (`requested`), or it itself, after five failures in a row, under a
   * limit that no run can ever meet (`budget`), or since its key has ended. Null while it is not
   * paused.
   */
  paused_reason: z.nullable(z.enum(PAUSED_REASONS)),
  daily_budget_usd: z.nullable(z.number()),
  starts_at: z.nullable(z.string()),
  ends_at: z.nullable(z.string()),
  /** Your own pairs, as they were given. Its generations carry them. */
  metadata: z.record(z.string(), z.string()),
  /** Your own end user, whose videos its runs make; null if you named none. */
  user: z.nullable(z.string()),
  webhook_url: z.nullable(z.string()),
  /** How many generations it has made so far, by the clock and by hand. */
  run_count: z.int(),
  /** How many runs failed since the last that did not; five pause it. */
  failures_in_a_row: z.int(),
  /** When it runs next; null while it is paused, and once it has ended. */
  next_run_at: z.nullable(z.string()),
  /** When it was made. */
  created_at: z.string(),
  /** When it was last changed. */
  updated_at: z.string(),
})

const outlook = {
  /**
   * The next five times, as if it were not paused.
   * @items {"type":"string","format":"date-time"}
   */
  next_runs: z.array(z.string()),
  /** US dollars: what its runs of the next 30 days cost at today's price. */
  projected_monthly_usd: z.number(),
}

/** A schedule, and what is to come of it. */
export const schedule = z.object({ ...scheduleSummary.shape, ...outlook })

/** What a schedule would do. Nothing is stored. */
export const schedulePreview = z.object({
  object: z.literal('schedule_preview'),
  cron: z.string(),
  timezone: z.string(),
  ...outlook,
  /** US dollars: what one run costs. */
  cost_per_run_usd: z.number(),
  /** The prompt as the first of these runs would send it. */
  prompt: z.string(),
})

/** One entry of a schedule's history: a run, or times that were skipped. */
export const scheduleRun = z.object({
  object: z.literal('schedule_run'),
  /** The schedule. */
  schedule_id: z.string(),
  /** Whether the clock or somebody by hand asked for it. */
  trigger: z.enum(['schedule', 'manual']),
  /**
   * The scheduled time. If several were skipped, the last of them.
   * @format date-time
   */
  slot: z.string(),
  /** When the generation was made; null if none was. */
  started_at: z.nullable(z.string()),
  /** The generation. */
  generation_id: z.nullable(z.string()),
  /**
   * What came of it; `pending` until its generation has ended, `skipped` if there was none or
   * it was not sent by the next time of the schedule. Nothing is paid for what was skipped.
   */
  outcome: z.enum(RUN_OUTCOMES),
  /** A failure's code, or why the run was skipped; null otherwise. */
  reason: z.nullable(z.string()),
  /** The reason in words. */
  detail: z.nullable(z.string()),
  /** How many times this entry stands for: more than one only if several were skipped. */
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
