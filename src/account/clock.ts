/** The account's sense of time: does what is due, and sets the one alarm for what is due next. */
import { logError } from '../adapters/log.ts'
import { nextDue } from '../domain/due.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'
import type { Journal } from './journal.ts'
import type { Looker } from './looker.ts'
import type { Outbox } from './outbox.ts'
import { isDoneWithin } from './patience.ts'
import type { ScheduleClock } from './schedules-clock.ts'
import type { Store } from './store.ts'
import type { Submitter } from './submitter.ts'
import type { Unsent } from './unsent.ts'

/** Alarms run one after another, so each begins only so much and waits only so long. */
const MAX_DUE_AT_ONCE = 40
const ALARM_PATIENCE_MS = 5000
/** What was begun and not heard of for this long is begun again. */
const CLAIM_MS = 60_000
/** A send or an outbox write is under way at once; the alarm only finds what a crash left. */
const FALLBACK_MS = 2000

export interface ClockParts {
  readonly storage: DurableObjectStorage
  readonly store: Store
  readonly journal: Journal
  readonly outbox: Outbox
  readonly submitter: Submitter
  readonly looker: Looker
  readonly scheduleClock: ScheduleClock
  readonly unsent: Unsent
  readonly idempotencyKeys: IdempotencyKeys
}

export class Clock {
  readonly #parts: ClockParts
  /** When the alarm is set for, as far as this process knows. */
  #armedForMs: number | null = null

  constructor(parts: ClockParts) {
    this.#parts = parts
  }

  /** Whatever changed, there may be something to send, to write or to wait for. */
  afterChange(): void {
    this.#parts.submitter.pump()
    void this.settleOutbox()
    this.arm()
  }

  /** Sends what the outbox owes, and tells the Directory once nothing is left to do at all. */
  async settleOutbox(): Promise<void> {
    const { storage, journal, outbox } = this.#parts
    await outbox.drain(Date.now)
    if (outbox.isEmpty() && storage.transactionSync(() => journal.oweIdle(Date.now()))) {
      await outbox.drain(Date.now)
    }
    this.arm()
  }

  /**
   * Does what is due, a bounded part of it, and arms the alarm for the rest. Never
   * throws: the platform drops an alarm that does so too often.
   *
   * @param scheduledMs the tick of the cron trigger, up to which slots are due; 0 for the alarm
   */
  async runDue(scheduledMs: number): Promise<void> {
    const { store, submitter, scheduleClock, unsent, idempotencyKeys } = this.#parts
    try {
      const nowMs = Date.now()
      unsent.endDue(nowMs)
      scheduleClock.claimDue(Math.max(scheduledMs, nowMs))
      const work = store.dueIds(nowMs, MAX_DUE_AT_ONCE).map((id) => this.#runOne(id, nowMs))
      submitter.pump()
      work.push(this.settleOutbox())
      idempotencyKeys.prune(nowMs)
      await isDoneWithin(Promise.all(work), this.#patienceMs(nowMs))
    } catch (error) {
      logError('alarm_failed', error)
    }
    this.#armedForMs = null
    this.arm()
  }

  /** Sets the alarm for whatever is due first. */
  arm(): void {
    const { storage, store, outbox, submitter, scheduleClock, unsent } = this.#parts
    const nowMs = Date.now()
    const due = [store.nextDueMs(), scheduleClock.nextDueMs()]
    const outboxMs = outbox.nextDueMs()
    if (outboxMs !== null) due.push(Math.max(outboxMs, nowMs + FALLBACK_MS))
    const sendMs = submitter.nextDueMs()
    if (sendMs !== null) due.push(Math.max(sendMs, nowMs + FALLBACK_MS))
    const unsentMs = unsent.nextDueMs()
    if (unsentMs !== null) due.push(Math.max(unsentMs, nowMs + FALLBACK_MS))
    const atMs = due.reduce<number>((first, at) => Math.min(first, at ?? Infinity), Infinity)
    if (atMs === Infinity) return
    if (this.#armedForMs !== null && this.#armedForMs <= atMs) return
    this.#armedForMs = atMs
    void storage.setAlarm(atMs)
  }

  async #runOne(id: string, nowMs: number): Promise<void> {
    const { store, journal, looker, submitter } = this.#parts
    const stored = store.read(id)
    if (stored === undefined) return
    const due = nextDue(stored.record, stored.looks)
    store.claim(id, nowMs + CLAIM_MS)
    if (due?.what === 'look') await looker.look(id, { scheduled: true })
    if (due?.what === 'look_beside') await looker.lookBeside(id)
    if (due?.what === 'cancel') await looker.cancel(id)
    if (due?.what === 'clock' && !submitter.isSending(id)) {
      journal.observe(id, [{ type: 'clock' }], nowMs)
    }
  }

  /** Alarms run one after another: what is left of this one must not make a slot wait. */
  #patienceMs(nowMs: number): number {
    const slotMs = this.#parts.scheduleClock.nextDueMs() ?? Infinity
    return Math.min(ALARM_PATIENCE_MS, Math.max(0, slotMs - nowMs))
  }
}
