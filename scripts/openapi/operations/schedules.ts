/** `/v1/schedules`, as callers need to know them. */
import { runsQuery, schedulesQuery } from '../../../src/routes/schedules.ts'
import * as examples from '../schedule-examples.ts'
import type { Operations } from '../types.ts'
import { json, pageOf } from './answers.ts'
import { createdAnswers } from './generations.ts'
import { SPENDING } from './problems.ts'

const bodies = {
  'Every weekday at nine, in Paris': examples.scheduleRequest,
  'Prompts in turn, every day': examples.scheduleRequestInTurn,
}
const one = { 'Every weekday at nine': examples.schedule }

export const scheduleOperations: Operations = {
  'post /v1/schedules': {
    id: 'createSchedule',
    summary: 'Create a schedule',
    description:
      'Creates a generation whenever a cron expression is due, in a time zone. Each time runs once: to the second by the clock of the account, or at the next minute if that clock was missed. What its generations cost counts against the limits of the key that creates the schedule.',
    access: 'schedules:write',
    parameters: ['idempotencyKey'],
    body: { schema: 'ScheduleRequest', examples: bodies },
    answers: [
      json(201, 'Created, with its next five times and its monthly cost.', 'Schedule', one, [
        'Location',
        'Idempotent-Replayed',
      ]),
    ],
    problems: ['idempotency_key_reused', 'limit_reached'],
  },
  'post /v1/schedules/preview': {
    id: 'previewSchedule',
    summary: 'Preview a schedule',
    description:
      'When it would run, what it would send and what that would cost. Nothing is stored.',
    access: 'schedules:read',
    body: { schema: 'SchedulePreviewRequest', examples: bodies },
    answers: [
      json(200, 'The preview.', 'SchedulePreview', {
        'Every weekday at nine': examples.schedulePreview,
      }),
    ],
  },
  'get /v1/schedules': {
    id: 'listSchedules',
    summary: 'List schedules',
    description: 'Newest first. For the next page, send `next_cursor` as `cursor`.',
    access: 'schedules:read',
    query: schedulesQuery,
    answers: [
      json(200, 'A page.', 'ScheduleList', { 'The only page': pageOf([examples.scheduleSummary]) }),
    ],
  },
  'get /v1/schedules/{id}': {
    id: 'getSchedule',
    summary: 'Get a schedule',
    description: 'The schedule as it is now, and its next five times.',
    access: 'schedules:read',
    answers: [json(200, 'The schedule.', 'Schedule', one)],
  },
  'patch /v1/schedules/{id}': {
    id: 'updateSchedule',
    summary: 'Change, pause or resume a schedule',
    description:
      'What is left out stays as it is. Runs that were claimed are sent unchanged. Once its times change, or it is resumed, they count from now: what was missed before stays missed. From then on its runs count against the budgets of the key that changed when it runs or what it spends, or that resumed it.',
    access: 'schedules:write',
    bodyIsOptional: true,
    body: {
      schema: 'ScheduleUpdate',
      examples: { Pause: { paused: true }, 'An hour later': { cron: '0 10 * * MON-FRI' } },
    },
    answers: [json(200, 'The schedule as it is from now on.', 'Schedule', one)],
  },
  'delete /v1/schedules/{id}': {
    id: 'deleteSchedule',
    summary: 'Delete a schedule',
    description: 'Deletes it and its history. Generations that it made stay, and go on.',
    access: 'schedules:write',
    answers: [
      json(200, 'It is deleted.', 'DeletedSchedule', {
        Deleted: { id: examples.schedule.id, object: 'schedule', deleted: true },
      }),
    ],
  },
  'post /v1/schedules/{id}/run': {
    id: 'runSchedule',
    summary: 'Run a schedule now',
    description:
      'Runs it once, even if it is paused. The generation counts against the limits of the key that asks, and of the schedule.',
    access: 'schedules:write',
    parameters: ['idempotencyKey', 'prefer'],
    answers: createdAnswers('Accepted.'),
    problems: [...SPENDING, 'payload_too_large'],
  },
  'get /v1/schedules/{id}/runs': {
    id: 'listScheduleRuns',
    summary: 'List the runs of a schedule',
    description: 'Newest first; a thousand are kept. For the next page, send `next_cursor`.',
    access: 'schedules:read',
    query: runsQuery,
    answers: [
      json(200, 'A page.', 'ScheduleRunList', {
        'Completed, and skipped': pageOf(examples.scheduleRuns),
      }),
    ],
  },
}
