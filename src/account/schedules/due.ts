/** Runs schedules at their slots, each claimed in the transaction that admits its generation. */
import { logError } from '../../adapters/log.ts'
import { newId } from '../../adapters/new-id.ts'
import type { ScheduleRecord } from '../../domain/schedule/schedule.ts'
import {
  askedBy,
  type Owed,
  owed,
  pausedBy,
  pendingRun,
  refusedRun,
  type RunRecord,
  skippedRun,
} from '../../domain/schedule/run.ts'
import { nextRun } from '../../domain/schedule/times.ts'
import type { Core } from '../core.ts'
import type { Admissions } from '../generations/admissions.ts'
import type { Timed } from '../timed.ts'
import { type ScheduleNews, writeAndTell } from './news.ts'

export interface DueSchedulesParts extends Pick<Core, 'journal' | 'meta'>, ScheduleNews {
  readonly admissions: Admissions
}

/** More wait for the next alarm, so that other calls run in between. */
const MAX_CLAIMED_AT_ONCE = 40
/** A schedule that waits longer than this for its turn is late all the same. */
const LONGEST_WAIT_MS = 600_000
const AFTER_ERROR_MS = 60_000

export class DueSchedules implements Timed {
  readonly isPunctual = true
  readonly #parts: DueSchedulesParts
  /** When this process began on the schedules that are due; null if all are done. */
  #sinceMs: number | null = null
  /** Schedules that failed, and when each is tried again. The others do not wait for them. */
  readonly #brokenUntilMs = new Map<string, number>()

  constructor(parts: DueSchedulesParts) {
    this.#parts = parts
  }

  nextDueMs(): number | null {
    const slotMs = this.#parts.schedules.nextSlotMs(this.#broken())
    const atMs = Math.min(slotMs ?? Infinity, ...this.#brokenUntilMs.values())
    return atMs === Infinity ? null : atMs
  }

  /** Claims slots up to the tick, at most forty, for the schedules that have waited longest. */
  runDue(_nowMs: number, dueMs: number): void {
    const { schedules } = this.#parts
    const waitedMs = dueMs - (this.#sinceMs ?? -Infinity)
    const sinceMs = waitedMs >= 0 && waitedMs < LONGEST_WAIT_MS ? dueMs - waitedMs : dueMs
    for (const [id, untilMs] of this.#brokenUntilMs) {
      if (untilMs <= Date.now()) this.#brokenUntilMs.delete(id)
    }
    for (const id of schedules.dueIds(dueMs, MAX_CLAIMED_AT_ONCE, this.#broken())) {
      try {
        this.#claim(id, dueMs, sinceMs)
      } catch (error) {
        this.#brokenUntilMs.set(id, Date.now() + AFTER_ERROR_MS)
        logError('schedule_failed', error, { schedule_id: id })
      }
    }
    this.#sinceMs = schedules.dueIds(dueMs, 1, this.#broken()).length > 0 ? sinceMs : null
  }

  #broken(): readonly string[] {
    return [...this.#brokenUntilMs.keys()]
  }

  #claim(id: string, dueMs: number, sinceMs: number): void {
    const { schedules, admissions } = this.#parts
    const before = schedules.read(id)
    const due = before && owed(before, dueMs, sinceMs)
    if (before === undefined || due === null || due === undefined) return
    const advanced = { ...before, nextSlotMs: due.nextSlotMs }
    const slotMs = due.runMs
    if (slotMs === null || schedules.hasRun(id, slotMs)) {
      return this.#write(due, advanced, null)
    }
    const nowMs = Date.now()
    const generationId = newId('gen', nowMs)
    // The space keeps it apart from every key that a caller can send.
    const idempotency = { key: `schedule ${id} ${slotMs}`, fingerprint: 'slot' }
    if (admissions.claimed(generationId, idempotency) !== undefined) {
      return this.#write(due, advanced, null)
    }
    // A slot that runs late may be sent until the next slot that is still to come.
    const sendBeforeMs = nextRun(before, Math.max(slotMs, nowMs)) ?? undefined
    const webhookOrigin = this.#parts.meta.webhookOrigin()
    const who = { id: generationId, keyId: before.keyId, webhookOrigin, sendBeforeMs }
    const started = { ...advanced, runCount: before.runCount + 1 }
    const run = { ...pendingRun(id, slotMs), startedAtMs: nowMs, generationId }
    const also = () => this.#put(due, started, run)
    const asked = { ...who, ...askedBy(before, slotMs) }
    const result = admissions.admit(asked, { idempotency, schedule: before, also })
    if (result.type === 'admitted') return
    this.#write(due, pausedBy(advanced, result, nowMs), refusedRun(id, slotMs, result))
  }

  #write(due: Owed, after: ScheduleRecord, run: RunRecord | null): void {
    const { journal } = this.#parts
    journal.atomically(after.accountId, Date.now(), () => this.#put(due, after, run))
  }

  #put({ missed }: Owed, after: ScheduleRecord, run: RunRecord | null): void {
    const { schedules } = this.#parts
    if (missed !== null) schedules.addRun(skippedRun(after.id, missed, 'missed'))
    if (run !== null) schedules.addRun(run)
    if (after.pausedReason === null) schedules.write(after)
    else writeAndTell(this.#parts, after)
  }
}
