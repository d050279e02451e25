/** Schedules through the Worker's API, and the clocks that run them. */
import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Generation } from '../../src/contract/generation.ts'
import type { ScheduleRequest } from '../../src/contract/schedule.ts'
import type { Schedule, ScheduleRun } from '../../src/contract/schedule-answers.ts'
import worker from '../../src/index.ts'
import * as api from './api.ts'
import * as clock from './clock.ts'

/** A schedule that runs every minute, in UTC, for tests to vary. */
export const SCHEDULE: ScheduleRequest = {
  name: 'minutely',
  cron: '* * * * *',
  input: { prompt: api.PROMPT },
}

export const scheduleOf = async (
  { post }: Pick<api.Caller, 'post'>,
  changes: Partial<ScheduleRequest> = {},
  headers: Record<string, string> = {},
): Promise<Schedule> => {
  const response = await post('/v1/schedules', { ...SCHEDULE, ...changes }, headers)
  if (response.status !== 201) throw new Error(`no schedule: ${await response.text()}`)
  return response.json()
}

/** The same with the gateway's own key. */
export const schedule = (changes?: Partial<ScheduleRequest>, headers?: Record<string, string>) =>
  scheduleOf(api, changes, headers)

export const runByHand = (id: string): Promise<Response> =>
  api.call(`/v1/schedules/${id}/run`, { method: 'POST' })

export const readSchedule = (id: string): Promise<Schedule> => api.get(`/v1/schedules/${id}`)

/** A schedule's history, newest first. */
export const runsOf = async (id: string): Promise<ScheduleRun[]> =>
  (await api.get<{ data: ScheduleRun[] }>(`/v1/schedules/${id}/runs?limit=100`)).data

/** The generations that a schedule's runs made, newest first. */
export const madeBy = (id: string): Promise<Generation[]> => api.list(`limit=100&schedule_id=${id}`)

export const patch = (id: string, body: unknown): Promise<Response> =>
  api.patch(`/v1/schedules/${id}`, body)

/** A tick of the cron trigger, by default the one that is due now. */
export const tick = async (scheduledMs = Date.now()): Promise<void> => {
  const scheduledTime = new Date(scheduledMs)
  await worker.scheduled(createScheduledController({ scheduledTime, cron: '* * * * *' }), env)
}

/** Moves the clock to the next full minute, to the millisecond. */
export const toNextMinute = (): Promise<void> =>
  clock.travel(clock.MINUTE_MS - (Date.now() % clock.MINUTE_MS))

/** The same, and then rings the alarm. */
export const nextMinute = async (account?: string): Promise<void> => {
  await toNextMinute()
  await clock.ring(account)
}
