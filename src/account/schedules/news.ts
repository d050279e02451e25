/** Announces that a schedule has paused itself. */
import type { ScheduleRecord } from '../../domain/schedule/schedule.ts'
import { renderSummary } from '../../domain/schedule/view.ts'
import type { Admissions } from '../generations/admissions.ts'
import type { IdempotencyKeys } from '../generations/idempotency.ts'
import type { Deliveries } from '../webhooks/deliveries.ts'
import type { ScheduleStore } from './store.ts'

/** What schedules are run and kept with. */
export interface Scheduling {
  readonly schedules: ScheduleStore
  readonly admissions: Admissions
  readonly idempotencyKeys: IdempotencyKeys
  readonly deliveries: Deliveries
}

/** Writes a schedule, and announces a pause that nobody requested. Called inside a transaction. */
export const writeAndTell = (
  { schedules, deliveries }: Scheduling,
  after: ScheduleRecord,
  before = schedules.read(after.id),
): void => {
  schedules.write(after)
  const isNew = after.pausedReason !== null && before?.pausedReason === null
  if (!isNew || after.pausedReason === 'requested') return
  deliveries.announce('schedule.paused', renderSummary(after), after.webhookUrl, after.updatedAtMs)
}
