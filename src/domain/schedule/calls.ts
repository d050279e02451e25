/** What the Worker can ask of an account about schedules. */
import type { FieldError } from '../../contract/problem.ts'
import type { ScheduleDraft, ScheduleRecord } from './schedule.ts'
import type { RunRecord } from './run.ts'
import type { AdmitResult, Spending } from '../generation/calls.ts'

export interface RunScheduleRequest extends Spending {
  readonly scheduleId: string
}

export interface RunCursor {
  readonly slotMs: number
  /** The generation of a manual run, else empty. */
  readonly hand: string
}

export interface SchedulesApi {
  create(
    request: Omit<Spending, 'patience' | 'identity' | 'via'> & { readonly draft: ScheduleDraft },
  ): Promise<
    | { readonly type: 'created'; readonly schedule: ScheduleRecord; readonly replayed: boolean }
    | { readonly type: 'key_reused'; readonly heldBy: string }
    | { readonly type: 'too_many'; readonly max: number }
  >
  update(
    request: Pick<Spending, 'id' | 'keyId' | 'webhookOrigin'> & {
      readonly changes: Partial<ScheduleDraft>
    },
  ): Promise<
    | { readonly type: 'changed'; readonly schedule: ScheduleRecord }
    | { readonly type: 'not_found' }
    | { readonly type: 'invalid'; readonly faults: readonly FieldError[] }
  >
  /** Whether the schedule existed. Its generations stay, and go on. */
  remove(id: string): Promise<boolean>
  get(id: string): Promise<ScheduleRecord | null>
  /** Newest first. */
  list(
    limit: number,
    beforeId: string | null,
  ): Promise<{ readonly schedules: readonly ScheduleRecord[]; readonly hasMore: boolean }>
  /** Runs it now, even if it is paused. */
  run(request: RunScheduleRequest): Promise<AdmitResult | { readonly type: 'not_found' }>
  /** Newest slot first, `next` null on the last page; null if there is no such schedule. */
  runs(
    id: string,
    limit: number,
    before: RunCursor | null,
  ): Promise<{ readonly runs: readonly RunRecord[]; readonly next: RunCursor | null } | null>
}
