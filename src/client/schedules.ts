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
import type { CallOptions, Connection, KeyedOptions, Page, PageOptions } from './connection.ts'

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

export const createSchedules = ({ ask, get, make, page, remove }: Connection): Schedules => ({
  create: (request, options) => make(['schedules'], request, options),
  preview: (request, options) => ask('POST', ['schedules', 'preview'], request, options),
  list: (options) => page(['schedules'], options),
  get: (id, options) => get(['schedules', id], options),
  update: (id, changes, options) => ask('PATCH', ['schedules', id], changes, options),
  delete: (id, options) => remove(['schedules', id], options),
  run: (id, options) => make(['schedules', id, 'run'], {}, options),
  runs: (id, options) => page(['schedules', id, 'runs'], options),
})
