/** Calls about schedules, one typed method for each route. */
import type { Generation } from '../contract/generation.ts'
import type {
  SchedulePreviewRequest,
  ScheduleRequest,
  ScheduleUpdate,
} from '../contract/schedule.ts'
import type {
  Schedule,
  SchedulePreview,
  ScheduleRun,
  ScheduleSummary,
} from '../contract/schedule-answers.ts'
import {
  type Ask,
  askForPage,
  askToDelete,
  type CallOptions,
  keyed,
  type KeyedOptions,
  type Page,
  type PageOptions,
} from './ask.ts'
import { type Call, pathTo } from './connection.ts'

/**
 * Schedules, which make generations at set times. Calls that break are sent again; those that make
 * something have an idempotency key. Each throws `PikaError`: the gateway's refusal, or `network`.
 */
export interface Schedules {
  readonly create: (request: ScheduleRequest, options?: KeyedOptions) => Promise<Schedule>
  /** When it would run, what it would send and what it would cost. Nothing is stored. */
  readonly preview: (
    request: SchedulePreviewRequest,
    options?: CallOptions,
  ) => Promise<SchedulePreview>
  readonly list: (options?: PageOptions) => Promise<Page<ScheduleSummary>>
  readonly get: (id: string, options?: CallOptions) => Promise<Schedule>
  /** Changes, pauses or resumes it. Omitted fields stay as they are. */
  readonly update: (id: string, changes: ScheduleUpdate, options?: CallOptions) => Promise<Schedule>
  /** Deletes it and its history. Its generations stay. */
  readonly delete: (id: string, options?: CallOptions) => Promise<void>
  /** Runs it once, now, and returns the generation before it ends. */
  readonly run: (id: string, options?: KeyedOptions) => Promise<Generation>
  readonly runs: (id: string, options?: PageOptions) => Promise<Page<ScheduleRun>>
}

export const createSchedules = (ask: Ask, call: Call): Schedules => ({
  create: (request, options) => ask('POST', pathTo('schedules'), request, keyed(options)),
  preview: (request, options) => ask('POST', pathTo('schedules', 'preview'), request, options),
  list: (options) => askForPage(ask, pathTo('schedules'), options),
  get: (id, options) => ask('GET', pathTo('schedules', id), undefined, options),
  update: (id, changes, options) => ask('PATCH', pathTo('schedules', id), changes, options),
  delete: (id, options) => askToDelete(call, pathTo('schedules', id), options),
  run: (id, options) => ask('POST', pathTo('schedules', id, 'run'), {}, keyed(options)),
  runs: (id, options) => askForPage(ask, pathTo('schedules', id, 'runs'), options),
})
