/** Schedules: how generations on a cron are requested. */
import * as z from 'zod/mini'
import { timeZone, usd } from './account.ts'
import { body, oneOf, text, time, yesOrNo } from './field.ts'
import { metadata, modelInput, user } from './input.ts'
import { webhookUrl } from './webhook.ts'

/** The placeholders that each run fills in, in the schedule's time zone. */
export const PLACEHOLDERS = ['date', 'time', 'weekday', 'run_number'] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]

/** `{{date}}`, also with spaces inside the braces. */
export const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g

/** What happens to missed times. */
export const CATCH_UPS = ['skip', 'latest'] as const
export type CatchUp = (typeof CATCH_UPS)[number]

/** Why a schedule is paused: someone asked for it, or it paused itself. */
export const PAUSED_REASONS = ['requested', 'failures', 'budget', 'key_invalid'] as const
export type PausedReason = (typeof PAUSED_REASONS)[number]

/** The outcome of a run; `pending` until its generation has ended. */
export const RUN_OUTCOMES = ['pending', 'completed', 'failed', 'canceled', 'skipped'] as const
export type RunOutcome = (typeof RUN_OUTCOMES)[number]

const existing = PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')

/** Text with placeholders. An unknown one is reported with the list of known ones. */
const template = (text: typeof modelInput.shape.prompt) =>
  text.check((check) => {
    const fault = (message: string) =>
      check.issues.push({ code: 'custom', input: check.value, message })
    for (const [whole, name] of check.value.matchAll(PLACEHOLDER)) {
      const isKnown = PLACEHOLDERS.some((known) => known === name)
      if (!isKnown) fault(`${whole} is not a placeholder: use ${existing}`)
    }
    if (check.value.replaceAll(PLACEHOLDER, '').includes('{{')) {
      fault('opens a placeholder with {{ and does not close it with }}')
    }
  })

const prompt = template(modelInput.shape.prompt)

/** A generation's input, with a template as its prompt, or with none if `prompts` has them. */
export const scheduleInput = body({
  ...modelInput.shape,
  /**
   * What the video should show, unless `prompts` says it. Each run fills in `{{date}}`, `{{time}}`,
   * `{{weekday}}` and `{{run_number}}`, in the schedule's time zone.
   */
  prompt: z.optional(prompt),
})

const fields = {
  /** A name of your choice. */
  name: text(100, 1),
  /**
   * Five fields (minute, hour, day of month, month, day of week), or a name such as `@daily`.
   * @example 0 9 * * 1-5
   * @example @daily
   */
  cron: text(200),
  /**
   * The IANA time zone of `cron`.
   * @example Europe/Paris
   */
  timezone: z.optional(timeZone),
  /** The input of its generations. */
  input: scheduleInput,
  /** Prompts, one for each run in turn, instead of `input.prompt`. */
  prompts: z.optional(
    z.nullable(
      z
        .array(prompt, { error: 'must be a list of prompts' })
        .check(
          z.minLength(1, { error: 'must not be empty' }),
          z.maxLength(100, { error: 'may have at most 100 prompts' }),
        ),
    ),
  ),
  /** What happens to missed times: `latest` makes up for the newest, `skip` for none. */
  catch_up: z.optional(oneOf(CATCH_UPS)),
  /** A paused schedule runs only by hand. */
  paused: z.optional(yesOrNo),
  /** US dollars: its budget of a day, besides those of its account and key; null: no limit. */
  daily_budget_usd: z.optional(z.nullable(usd)),
  /** Nothing runs before this. */
  starts_at: z.optional(z.nullable(time)),
  /** Nothing runs at this or later. */
  ends_at: z.optional(z.nullable(time)),
  /**
   * Up to 16 pairs of your own. They are never sent to fal.
   * @maxProperties 16
   * @example {"order":"4711"}
   */
  metadata: z.optional(metadata),
  /** Your own end user, for whom its runs make videos; null: nobody. */
  user: z.optional(z.nullable(user)),
  /**
   * Receives its runs: how their generations end, which failed, and when it pauses itself. Messages
   * are signed with the account's webhook secret. Null: nobody.
   */
  webhook_url: z.optional(z.nullable(webhookUrl)),
}

/** The schedule to make. */
export const scheduleRequest = body(fields)

/** The schedule to preview. It needs no name. */
export const schedulePreviewRequest = body({ ...fields, name: z.optional(fields.name) })

/** What to change. Absent fields stay as they are; `input` is replaced as a whole. */
export const scheduleUpdate = body({
  ...fields,
  name: z.optional(fields.name),
  cron: z.optional(fields.cron),
  input: z.optional(fields.input),
})

/** The schedule to create. */
export type ScheduleRequest = z.input<typeof scheduleRequest>
/** The schedule to preview; its name may be absent. */
export type SchedulePreviewRequest = z.input<typeof schedulePreviewRequest>
/** Changes to a schedule. */
export type ScheduleUpdate = z.input<typeof scheduleUpdate>
/** The body of either, parsed. */
export type ScheduleChanges = z.output<typeof scheduleUpdate>
/** The input of its runs; without `prompt` if it has `prompts`. */
export type ScheduleInput = z.output<typeof scheduleInput>
