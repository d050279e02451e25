/** The fields of schedules and their runs. */
import { type Fields, PAGE, usd } from './field.ts'
import { DURATION, INPUT, METADATA, NORMALISED, USER } from './input.ts'

const PROMPT: Fields = {
  prompt:
    "What the video should show, where `prompts` does not say it. `{{date}}`, `{{time}}`, `{{weekday}}` and `{{run_number}}` are filled in by each run, in the schedule's time zone.",
}

const ASKED: Fields = {
  name: 'What it is called.',
  cron: {
    description:
      'Five fields (minute, hour, day of month, month, day of week), or a name such as `@daily`.',
    examples: ['0 9 * * 1-5', '@daily'],
  },
  timezone: {
    description: 'Whose clocks the cron expression is read on: the IANA name of a time zone.',
    examples: ['Europe/Paris'],
  },
  input: 'The input of its generations.',
  prompts: "Prompts to be taken in turn, one a run, in place of the input's own.",
  catch_up:
    'What becomes of times that nobody was there for: `latest` makes up for the newest, `skip` for none.',
  paused: 'Nothing runs by the clock while it is paused.',
  daily_budget_usd: usd('what it may spend a day, beside its account and key; null is no limit'),
  starts_at: 'Nothing runs before this.',
  ends_at: 'Nothing runs at this or later.',
  webhook_url:
    "Told how its generations end, of runs that failed, and when it pauses itself; signed with the account's own webhook secret. Null is nobody.",
}

const KEPT: Fields = {
  ...ASKED,
  id: { description: 'Its id.', pattern: '^sch_[0-9a-hjkmnp-tv-z]{26}$' },
  object: 'Always `schedule`.',
  paused_reason:
    'Who paused it: somebody (`requested`), or it itself, after five failures in a row, under a limit that no run can ever meet (`budget`), or since its key has ended. Null while it is not paused.',
  metadata: 'Your own pairs, as they were given. Its generations carry them.',
  user: 'Your own end user, whose videos its runs make; null where you named none.',
  run_count: 'How many generations it has made so far, by the clock and by hand.',
  failures_in_a_row: 'How many runs failed since the last that did not; five pause it.',
  next_run_at: 'When it runs next; null while it is paused, and once it has ended.',
  created_at: 'When it was made.',
  updated_at: 'When it was last changed.',
}

const OUTLOOK: Fields = {
  next_runs: {
    description: 'The next five times, as if it were not paused.',
    items: { type: 'string', format: 'date-time' },
  },
  projected_monthly_usd: usd("what its runs of the next 30 days cost at today's price"),
}

export const SCHEDULE_FIELDS = {
  ScheduleRequest: { ...ASKED, ...METADATA, ...USER },
  SchedulePreviewRequest: { ...ASKED, ...METADATA, ...USER },
  ScheduleUpdate: { ...ASKED, ...METADATA, ...USER },
  ScheduleInput: { ...INPUT, ...DURATION, ...PROMPT },
  NormalisedScheduleInput: { ...NORMALISED, ...PROMPT },
  Schedule: { ...KEPT, ...OUTLOOK },
  ScheduleSummary: KEPT,
  ScheduleList: PAGE,
  SchedulePreview: {
    ...ASKED,
    ...OUTLOOK,
    object: 'Always `schedule_preview`.',
    cost_per_run_usd: usd('what one run costs'),
    prompt: 'The prompt as the first of these runs would send it.',
  },
  ScheduleRun: {
    object: 'Always `schedule_run`.',
    schedule_id: 'The schedule.',
    trigger: 'Whether the clock or somebody by hand asked for it.',
    slot: {
      description: 'The time it stands for: of several that were let go, the last.',
      format: 'date-time',
    },
    started_at: 'When the generation was made; null where none was.',
    generation_id: 'The generation.',
    outcome:
      'What came of it; `pending` until its generation has ended, `skipped` where there was none or it was not sent by the next time of the schedule. Nothing is paid for what was skipped.',
    reason: "A failure's code, or why the run was skipped; null otherwise.",
    detail: 'The same in words.',
    slots: 'How many times this entry stands for: more than one only where several were let go.',
  },
  ScheduleRunList: PAGE,
  DeletedSchedule: {
    id: 'What its id was.',
    object: 'Always `schedule`.',
    deleted: 'Always true.',
  },
} as const satisfies Record<string, Fields>
