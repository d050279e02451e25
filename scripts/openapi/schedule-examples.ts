/** Examples of schedules, rendered by the gateway's own code. */
import type { ScheduleRequest } from '../../src/contract/schedule.ts'
import {
  schedulePreview,
  scheduleRun,
  scheduleSummary,
} from '../../src/contract/schedule-answers.ts'
import { EXAMPLE_ID, pageOf } from './examples.ts'
import { whole } from './whole.ts'

const times = { cron: '0 9 * * 1-5', timezone: 'Europe/Paris' }
const request: ScheduleRequest = {
  ...times,
  name: 'Good morning',
  input: { prompt: 'Sunrise over the city on {{weekday}}, {{date}}' },
  daily_budget_usd: 1,
}
const inTurn: ScheduleRequest = {
  name: 'Seasons',
  cron: '@daily',
  input: { resolution: '1080p' },
  prompts: ['A meadow in spring', 'The same meadow in winter'],
  catch_up: 'skip',
  metadata: { campaign: 'seasons' },
}
const requests = {
  'Every weekday at nine, in Paris': request,
  'Prompts in turn, every day': inTurn,
}
const outlook = {
  next_runs: [24, 25, 26, 27, 30].map((day) => `2026-11-${day}T08:00:00.000Z`),
  projected_monthly_usd: 4.4,
}
const id = EXAMPLE_ID.replace('gen', 'sch')
const summary = whole(scheduleSummary, {
  ...times,
  id,
  name: 'Good morning',
  input: { ...request.input, aspect_ratio: '16:9', resolution: '720p', duration: 5 },
  catch_up: 'latest',
  daily_budget_usd: 1,
  run_count: 12,
  next_run_at: '2026-11-24T08:00:00.000Z',
  created_at: '2026-11-06T10:12:00.000Z',
  updated_at: '2026-11-06T10:12:00.000Z',
})
export const pausedSchedule = {
  ...summary,
  paused: true,
  paused_reason: 'failures',
  next_run_at: null,
}
const run = { schedule_id: id, trigger: 'schedule', slots: 1 } as const
export const completedRun = whole(scheduleRun, {
  ...run,
  slot: '2026-11-23T08:00:00.000Z',
  started_at: '2026-11-23T08:00:01.204Z',
  generation_id: EXAMPLE_ID,
  outcome: 'completed',
})
const skippedRun = whole(scheduleRun, {
  ...run,
  slot: '2026-11-20T08:00:00.000Z',
  outcome: 'skipped',
  reason: 'over_budget',
  detail: 'schedule_daily has $0 left of $1, and this needs $0.2',
})

export const scheduleExamples = {
  ScheduleRequest: requests,
  SchedulePreviewRequest: requests,
  ScheduleUpdate: { Pause: { paused: true }, 'An hour later': { cron: '0 10 * * MON-FRI' } },
  Schedule: { 'Every weekday at nine': { ...summary, ...outlook } },
  ScheduleList: { 'The only page': pageOf([summary]) },
  ScheduleRunList: { 'Completed, and skipped': pageOf([completedRun, skippedRun]) },
  SchedulePreview: {
    'Every weekday at nine': whole(schedulePreview, {
      ...times,
      ...outlook,
      cost_per_run_usd: 0.2,
      prompt: 'Sunrise over the city on Tuesday, 2026-11-24',
    }),
  },
  DeletedSchedule: { Deleted: { id, object: 'schedule', deleted: true } },
}
