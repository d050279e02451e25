/** Announces that a schedule has paused itself. */
import type { ScheduleRecord } from '../../domain/schedule/schedule.ts'
import { renderSummary } from '../../domain/schedule/view.ts'
import type { Deliveries } from '../webhooks/deliveries.ts'
import type { ScheduleStore } from './store.ts'

export interface ScheduleNews {
  readonly schedules: ScheduleStore
  readonly deliveries: Pick<Deliveries, 'announce'>
}

/** Writes a schedule, and announces a pause that nobody requested. Called inside a transaction. */
export const writeAndTell = (
  { schedules, deliveries }: ScheduleNews,
  after: ScheduleRecord,
  before = schedules.read(after.id),
): void => {
  schedules.write(after)
  const isNew = after.pausedReason !== null && before?.pausedReason === null
  if (!isNew || after.pausedReason === 'requested') return
  deliveries.announce('schedule.paused', renderSummary(after), after.webhookUrl, after.updatedAtMs)
}
