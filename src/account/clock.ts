/** The account's sense of time: does what is due, and sets the one alarm for what is due next. */
import { logError } from '../adapters/log.ts'
import { nextDue } from '../domain/generation/due.ts'
import type { BusyFlag } from './busy-flag.ts'
import type { Gate } from './gate.ts'
import type { IdempotencyKeys } from './generations/idempotency.ts'
import type { Journal } from './generations/journal.ts'
import type { Looker } from './generations/looker.ts'
import type { Outbox } from './outbox.ts'
import { isDoneWithin } from './patience.ts'
import type { ScheduleClock } from './schedules/due.ts'
import type { Store } from './generations/store.ts'
import type { Submitter } from './generations/submitter.ts'
import type { Unsent } from './generations/unsent.ts'

/** Alarms run one after another, so each begins only so much and waits only so long. */
const MAX_DUE_AT_ONCE = 20
const ALARM_PATIENCE_MS = 5000
/** What was begun and not heard of for this long is begun again. */
const CLAIM_MS = 60_000
/** A send or an outbox write is under way at once; the alarm only finds what a crash left. */
const FALLBACK_MS = 2000

export interface ClockParts {
  readonly storage: DurableObjectStorage
  readonly store: Store
  readonly journal: Journal
  readonly gate: Gate
  readonly outbox: Outbox
  readonly busyFlag: BusyFlag
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
  /** Ends the wait for what the present alarm began. */
  #stopWaiting = (): void => undefined

  constructor(parts: ClockParts) {
    this.#parts = parts
  }

  /** Whatever changed, there may be something to send, to write or to wait for. */
  afterChange(): void {
    this.#parts.submitter.pump()
    void this.settleOutbox()
    this.arm()
  }

  /** Sends what the outbox owes, and notes if nothing is left to do at all. */
  async settleOutbox(): Promise<void> {
    const { outbox, busyFlag } = this.#parts
    await outbox.drain(Date.now)
    busyFlag.noteQuiet(Date.now())
    this.arm()
  }

  /** What is left waits for the next event, so the alarm is to be one at once. */
  onSpent(): void {
    this.#stopWaiting()
    this.arm()
  }

  /**
   * Looks up what the alarm is set for: setting it costs a row, even to the time it has. One
   * that should have rung by now may never ring, so it counts for nothing.
   */
  async recallAlarm(): Promise<void> {
    const atMs = await this.#parts.storage.getAlarm()
    this.#armedForMs = atMs !== null && atMs > Date.now() ? atMs : null
  }

  /**
   * Does what is due, a bounded part of it, and arms the alarm for the rest. Never
   * throws: the platform drops an alarm that does so too often.
   *
   * @param scheduledMs the tick of the cron trigger, up to which slots are due; 0 for the alarm
   */
  async runDue(scheduledMs: number): Promise<void> {
    const { storage, store, gate, busyFlag, submitter, scheduleClock } = this.#parts
    const spent = Promise.withResolvers<void>()
    this.#stopWaiting = spent.resolve
    gate.refill()
    try {
      const nowMs = Date.now()
      this.#parts.unsent.endDue(nowMs)
      scheduleClock.claimDue(Math.max(scheduledMs, nowMs))
      const work = store.dueIds(nowMs, MAX_DUE_AT_ONCE).map((id) => this.#runOne(id, nowMs))
      submitter.pump()
      storage.transactionSync(() => busyFlag.oweIdle(nowMs))
      work.push(this.settleOutbox())
      this.#parts.idempotencyKeys.prune(nowMs)
      const done = Promise.race([Promise.all(work), spent.promise])
      await isDoneWithin(done, this.#patienceMs(nowMs))
    } catch (error) {
      logError('alarm_failed', error)
    }
    // Whatever called, the alarm may have rung meanwhile, or be gone.
    await this.recallAlarm().catch(() => (this.#armedForMs = null))
    this.arm()
  }

  /** Sets the alarm for whatever is due first. */
  arm(): void {
    const { storage, store, gate, outbox, busyFlag, submitter, scheduleClock, unsent } = this.#parts
    const nowMs = Date.now()
    const due = [store.nextDueMs(), scheduleClock.nextDueMs()]
    if (gate.isSpent()) due.push(nowMs)
    const outboxMs = outbox.nextDueMs()
    if (outboxMs !== null) due.push(Math.max(outboxMs, nowMs + FALLBACK_MS))
    const sendMs = submitter.nextDueMs()
    if (sendMs !== null) due.push(Math.max(sendMs, nowMs + FALLBACK_MS))
    const unsentMs = unsent.nextDueMs()
    if (unsentMs !== null) due.push(Math.max(unsentMs, nowMs + FALLBACK_MS))
    const firstMs = due.reduce<number>((first, at) => Math.min(first, at ?? Infinity), Infinity)
    // Idleness is told only where nothing else is left to do.
    const atMs = firstMs < Infinity ? firstMs : busyFlag.nextDueMs()
    if (atMs === null) return
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
