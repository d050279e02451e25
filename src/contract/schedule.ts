/** Schedules: generations on a cron, as they are asked for. */
import * as z from 'zod/mini'
import { timeZone, usd } from './account.ts'
import { body, oneOf, text, time, yesOrNo } from './field.ts'
import { metadata, modelInput, user } from './input.ts'
import { webhookUrl } from './webhook.ts'

/** What a prompt may leave for the run to fill in, in the schedule's time zone. */
export const PLACEHOLDERS = ['date', 'time', 'weekday', 'run_number'] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]

/** `{{date}}`, also with spaces inside the braces. */
export const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g

/** What becomes of times that nobody was there for. */
export const CATCH_UPS = ['skip', 'latest'] as const
export type CatchUp = (typeof CATCH_UPS)[number]

/** Why a schedule is paused: someone asked for it, or it paused itself. */
export const PAUSED_REASONS = ['requested', 'failures', 'budget', 'key_invalid'] as const
export type PausedReason = (typeof PAUSED_REASONS)[number]

/** What came of a run; `pending` until its generation has ended. */
export const RUN_OUTCOMES = ['pending', 'completed', 'failed', 'canceled', 'skipped'] as const
export type RunOutcome = (typeof RUN_OUTCOMES)[number]

const existing = PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')

/** Text with placeholders; what is no placeholder is named, beside those that are. */
const template = (text: typeof modelInput.shape.prompt) =>
  text.check((check) => {
    const unknown = [...check.value.matchAll(PLACEHOLDER)]
      .map(([whole, name]) => ({ whole, name }))
      .filter(({ name }) => !PLACEHOLDERS.some((known) => known === name))
    for (const { whole } of unknown) {
      const message = `${whole} is not a placeholder: there are ${existing}`
      check.issues.push({ code: 'custom', input: check.value, message })
    }
    if (check.value.replaceAll(PLACEHOLDER, '').includes('{{')) {
      const message = 'opens a placeholder with {{ and does not close it with }}'
      check.issues.push({ code: 'custom', input: check.value, message })
    }
  })

const prompt = template(modelInput.shape.prompt)

/** A generation's input, whose prompt is a template, or left to `prompts`. */
export const scheduleInput = body({
  ...modelInput.shape,
  /**
   * What the video should show, if `prompts` does not say it. `{{date}}`, `{{time}}`,
   * `{{weekday}}` and `{{run_number}}` are filled in by each run, in the schedule's time zone.
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
   * The IANA name of the time zone that `cron` is in.
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
  /**
   * What becomes of times that nobody was there for: `latest` makes up for the newest, `skip` for
   * none.
   */
  catch_up: z.optional(oneOf(CATCH_UPS)),
  /** A paused schedule runs only by hand. */
  paused: z.optional(yesOrNo),
  /** US dollars: what it may spend a day, beside its account and key; null is no limit. */
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
  /** Whose videos its runs make: your own end user; null is nobody. */
  user: z.optional(z.nullable(user)),
  /**
   * Told of its runs: how their generations end, which failed, and when it pauses itself. Messages
   * are signed with the account's own webhook secret. Null is nobody.
   */
  webhook_url: z.optional(z.nullable(webhookUrl)),
}

/** The schedule to make. */
export const scheduleRequest = body(fields)

/** The schedule to look at. It needs no name. */
export const schedulePreviewRequest = body({ ...fields, name: z.optional(fields.name) })

/** What to change. What is left out stays as it is; `input` is replaced whole. */
export const scheduleUpdate = body({
  ...fields,
  name: z.optional(fields.name),
  cron: z.optional(fields.cron),
  input: z.optional(fields.input),
})

/** What a schedule is made from. */
export type ScheduleRequest = z.input<typeof scheduleRequest>
/** The same, to be previewed: its name may be missing. */
export type SchedulePreviewRequest = z.input<typeof schedulePreviewRequest>
/** What of a schedule is to change. */
export type ScheduleUpdate = z.input<typeof scheduleUpdate>
/** A body of either, once it is read. */
export type ScheduleChanges = z.output<typeof scheduleUpdate>
/** What each of its runs asks for; without `prompt` if it has `prompts`. */
export type ScheduleInput = z.output<typeof scheduleInput>
