/** Schedules as they really come. */
import type { ScheduleRequest } from '../../src/contract/schedule.ts'
import type {
  Schedule,
  SchedulePreview,
  ScheduleRun,
  ScheduleSummary,
} from '../../src/contract/schedule-answers.ts'
import { EXAMPLE_ID } from './examples.ts'

export const scheduleRequest: ScheduleRequest = {
  name: 'Good morning',
  cron: '0 9 * * 1-5',
  timezone: 'Europe/Paris',
  input: { prompt: 'Sunrise over the city on {{weekday}}, {{date}}' },
  daily_budget_usd: 1,
}
export const scheduleRequestInTurn: ScheduleRequest = {
  name: 'Seasons',
  cron: '@daily',
  input: { resolution: '1080p' },
  prompts: ['A meadow in spring', 'The same meadow in winter'],
  catch_up: 'skip',
  metadata: { campaign: 'seasons' },
}
const outlook = {
  next_runs: [
    '2026-11-24T08:00:00.000Z',
    '2026-11-25T08:00:00.000Z',
    '2026-11-26T08:00:00.000Z',
    '2026-11-27T08:00:00.000Z',
    '2026-11-30T08:00:00.000Z',
  ],
  projected_monthly_usd: 4.4,
}
const SCHEDULE_ID = 'sch_01m836txt7gb5hjrvqqthaem5x'
export const scheduleSummary: ScheduleSummary = {
  id: SCHEDULE_ID,
  object: 'schedule',
  name: 'Good morning',
  cron: '0 9 * * 1-5',
  timezone: 'Europe/Paris',
  input: {
    prompt: 'Sunrise over the city on {{weekday}}, {{date}}',
    aspect_ratio: '16:9',
    resolution: '720p',
    duration: 5,
  },
  prompts: null,
  catch_up: 'latest',
  paused: false,
  paused_reason: null,
  daily_budget_usd: 1,
  starts_at: null,
  ends_at: null,
  metadata: {},
  user: null,
  webhook_url: null,
  run_count: 12,
  failures_in_a_row: 0,
  next_run_at: '2026-11-24T08:00:00.000Z',
  created_at: '2026-11-06T10:12:00.000Z',
  updated_at: '2026-11-06T10:12:00.000Z',
}
export const schedule: Schedule = { ...scheduleSummary, ...outlook }
export const schedulePreview: SchedulePreview = {
  object: 'schedule_preview',
  cron: '0 9 * * 1-5',
  timezone: 'Europe/Paris',
  ...outlook,
  cost_per_run_usd: 0.2,
  prompt: 'Sunrise over the city on Tuesday, 2026-11-24',
}
export const scheduleRuns: ScheduleRun[] = [
  {
    object: 'schedule_run',
    schedule_id: SCHEDULE_ID,
    trigger: 'schedule',
    slot: '2026-11-23T08:00:00.000Z',
    started_at: '2026-11-23T08:00:01.204Z',
    generation_id: EXAMPLE_ID,
    outcome: 'completed',
    reason: null,
    detail: null,
    slots: 1,
  },
  {
    object: 'schedule_run',
    schedule_id: SCHEDULE_ID,
    trigger: 'schedule',
    slot: '2026-11-20T08:00:00.000Z',
    started_at: null,
    generation_id: null,
    outcome: 'skipped',
    reason: 'over_budget',
    detail: 'schedule_daily has $0 left of $1, and this needs $0.2',
    slots: 1,
  },
]
