/** `/v1/schedules`, as callers need to know them. */
import { runsQuery, schedulesQuery } from '../../../src/routes/schedules.ts'
import * as examples from '../schedule-examples.ts'
import { queryParameters } from '../query.ts'
import type { Answer, Examples, Operation, Parameter } from '../types.ts'
import { createdAnswers } from './generations.ts'
import { ACCESS, BODY, SPENDING } from './problems.ts'

const TAG = 'Schedules'

const scheduleId: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'The id of a schedule.',
  schema: { type: 'string', pattern: '^sch_[0-9a-hjkmnp-tv-z]{26}$' },
  example: examples.schedule.id,
}

const bodies: Examples = {
  weekdays: { summary: 'Every weekday at nine, in Paris', value: examples.scheduleRequest },
  inTurn: { summary: 'Prompts in turn, every day', value: examples.scheduleRequestInTurn },
}

const pageOf = (data: readonly unknown[]) => ({
  object: 'list',
  data,
  has_more: false,
  next_cursor: null,
})

const one = (description: string): Answer => ({
  status: 200,
  description,
  content: {
    'application/json': {
      schema: 'Schedule',
      examples: { schedule: { summary: 'Every weekday at nine', value: examples.schedule } },
    },
  },
})

const page = {
  limit: {
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  },
  cursor: { description: 'Where the page before this one ended.' },
}

export const scheduleOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/schedules',
    id: 'createSchedule',
    tag: TAG,
    summary: 'Create a schedule',
    description:
      'A generation whenever a cron expression says so, in a time zone. Each time is run once: by the clock of the account to the second, or by the next tick of the minute where that clock was missed. What its generations cost counts against the limits of the key that makes it.',
    access: 'schedules:write',
    parameters: ['idempotencyKey', 'pikaAccount'],
    body: { schema: 'ScheduleRequest', examples: bodies },
    answers: [
      {
        status: 201,
        description: 'Made, with its next five times and what a month of it costs.',
        headers: ['Location', 'Idempotent-Replayed'],
        content: {
          'application/json': {
            schema: 'Schedule',
            examples: { schedule: { summary: 'Every weekday at nine', value: examples.schedule } },
          },
        },
      },
    ],
    problems: [...ACCESS, ...BODY, 'idempotency_key_reused', 'limit_reached'],
  },
  {
    method: 'post',
    path: '/v1/schedules/preview',
    id: 'previewSchedule',
    tag: TAG,
    summary: 'Preview a schedule',
    description: 'When it would run, what it would send and what that would cost. Nothing is kept.',
    access: 'schedules:read',
    parameters: ['pikaAccount'],
    body: { schema: 'SchedulePreviewRequest', examples: bodies },
    answers: [
      {
        status: 200,
        description: 'The preview.',
        content: {
          'application/json': {
            schema: 'SchedulePreview',
            examples: {
              preview: { summary: 'Every weekday at nine', value: examples.schedulePreview },
            },
          },
        },
      },
    ],
    problems: [...ACCESS, ...BODY],
  },
  {
    method: 'get',
    path: '/v1/schedules',
    id: 'listSchedules',
    tag: TAG,
    summary: 'List schedules',
    description: 'Newest first. For the next page, send `next_cursor` as `cursor`.',
    access: 'schedules:read',
    parameters: [...queryParameters(schedulesQuery, page), 'pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'A page.',
        content: {
          'application/json': {
            schema: 'ScheduleList',
            examples: {
              page: { summary: 'The only page', value: pageOf([examples.scheduleSummary]) },
            },
          },
        },
      },
    ],
    problems: [...ACCESS, 'invalid_input'],
  },
  {
    method: 'get',
    path: '/v1/schedules/{id}',
    id: 'getSchedule',
    tag: TAG,
    summary: 'Get a schedule',
    description: 'The schedule as it is now, and its next five times.',
    access: 'schedules:read',
    parameters: [scheduleId, 'pikaAccount'],
    answers: [one('The schedule.')],
    problems: [...ACCESS, 'not_found'],
  },
  {
    method: 'patch',
    path: '/v1/schedules/{id}',
    id: 'updateSchedule',
    tag: TAG,
    summary: 'Change, pause or resume a schedule',
    description:
      'What is left out stays as it is. Runs that were claimed go out as they were. Once its times change, or it is resumed, they count from now: what was missed until then stays missed. Whoever changes when or what it spends, or resumes it, pays for it from then on: its runs count against the budgets of that key.',
    access: 'schedules:write',
    parameters: [scheduleId, 'pikaAccount'],
    bodyIsOptional: true,
    body: {
      schema: 'ScheduleUpdate',
      examples: {
        pause: { summary: 'Pause', value: { paused: true } },
        later: { summary: 'An hour later', value: { cron: '0 10 * * MON-FRI' } },
      },
    },
    answers: [one('The schedule as it is from now on.')],
    problems: [...ACCESS, ...BODY, 'not_found'],
  },
  {
    method: 'delete',
    path: '/v1/schedules/{id}',
    id: 'deleteSchedule',
    tag: TAG,
    summary: 'Delete a schedule',
    description: 'Forgets it and its history. Generations that it made stay, and go on.',
    access: 'schedules:write',
    parameters: [scheduleId, 'pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'It is gone.',
        content: {
          'application/json': {
            schema: 'DeletedSchedule',
            examples: {
              deleted: {
                summary: 'Gone',
                value: { id: examples.schedule.id, object: 'schedule', deleted: true },
              },
            },
          },
        },
      },
    ],
    problems: [...ACCESS, 'not_found'],
  },
  {
    method: 'post',
    path: '/v1/schedules/{id}/run',
    id: 'runSchedule',
    tag: TAG,
    summary: 'Run a schedule now',
    description:
      'Once, and whether it is paused or not. The generation counts against the limits of the key that asks, and of the schedule.',
    access: 'schedules:write',
    parameters: [scheduleId, 'idempotencyKey', 'prefer', 'pikaAccount'],
    answers: createdAnswers('Taken.'),
    problems: [
      ...SPENDING.filter((code) => !BODY.includes(code)),
      'payload_too_large',
      'not_found',
    ],
  },
  {
    method: 'get',
    path: '/v1/schedules/{id}/runs',
    id: 'listScheduleRuns',
    tag: TAG,
    summary: 'List the runs of a schedule',
    description: 'Newest first; a thousand are kept. For the next page, send `next_cursor`.',
    access: 'schedules:read',
    parameters: [scheduleId, ...queryParameters(runsQuery, page), 'pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'A page.',
        content: {
          'application/json': {
            schema: 'ScheduleRunList',
            examples: {
              page: { summary: 'Completed, and skipped', value: pageOf(examples.scheduleRuns) },
            },
          },
        },
      },
    ],
    problems: [...ACCESS, 'not_found', 'invalid_input'],
  },
]
