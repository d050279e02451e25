/** The account's clock: does what is due, and sets the one alarm for what is due next. */
import { logError } from '../adapters/log.ts'
import type { BusyFlag } from './busy-flag.ts'
import type { Core } from './core.ts'
import type { Change, ChangeListener } from './generations/journal.ts'
import { isDoneWithin } from './patience.ts'
import type { Timed } from './timed.ts'

/** Alarms run one after another, so each waits only so long for what it began. */
const ALARM_PATIENCE_MS = 5000
/** A send or an outbox write starts at once; the alarm only finds what a crash left. */
const FALLBACK_MS = 2000

export interface ClockParts extends Pick<
  Core,
  'storage' | 'transact' | 'gate' | 'outbox' | 'counts'
> {
  readonly busyFlag: BusyFlag
  /** What is asked when it is next due and told to run, in this order. */
  readonly timed: readonly Timed[]
  /** The same, of what an idle account does as well: the Directory need not know. */
  readonly unhurried: readonly Timed[]
}

export class Clock implements ChangeListener {
  readonly #parts: ClockParts
  /** When the alarm is set for, as far as this process knows. */
  #armedForMs: number | null = null
  /** Ends the wait for what the present alarm began. */
  #stopWaiting = (): void => undefined

  constructor(parts: ClockParts) {
    this.#parts = parts
    // What is left waits for the next event, so the alarm must ring at once.
    parts.gate.onSpent(() => {
      this.#stopWaiting()
      this.arm()
    })
  }

  /** After any write there may be something to carry out or to wait for. */
  afterCommit(changes: readonly Change[]): void {
    void this.settleOutbox()
    // What did not change generations is rare, and says nothing of when it is due.
    if (changes.length === 0) return this.arm()
    for (const { due } of changes) this.#armFor(due?.what === 'send' ? fallbackMs() : due?.atMs)
    const inMemory = this.#parts.timed.filter((each) => each.isInMemory === true)
    for (const each of inMemory) this.#armFor(each.nextDueMs())
  }

  /** Sends what the outbox owes, and notes if nothing is left to do at all. */
  async settleOutbox(): Promise<void> {
    const { counts, outbox, busyFlag } = this.#parts
    if (!outbox.isEmpty()) {
      this.#armFor(fallbackMs())
      // Those who wait for what was written are told first.
      await scheduler.wait(0)
      await outbox.drain(Date.now)
      if (!outbox.isEmpty()) this.#armFor(Math.max(outbox.nextDueMs() ?? 0, fallbackMs()))
    }
    if (counts.now().open > 0) return
    busyFlag.noteQuiet(Date.now())
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
   * @param tickMs the tick of the cron trigger, up to which slots are due; 0 for the alarm
   */
  async runDue(tickMs: number): Promise<void> {
    const { transact, gate, busyFlag, timed, unhurried } = this.#parts
    const spent = Promise.withResolvers<void>()
    this.#stopWaiting = spent.resolve
    gate.refill()
    try {
      const nowMs = Date.now()
      const work = [...timed, ...unhurried].map((each) =>
        begin(each, nowMs, Math.max(tickMs, nowMs)),
      )
      transact(() => busyFlag.oweIdle(nowMs))
      work.push(this.settleOutbox())
      const done = Promise.race([Promise.all(work), spent.promise])
      await isDoneWithin(done, this.#patienceMs(nowMs))
    } catch (error) {
      logError('alarm_failed', error)
    }
    // The alarm may have rung meanwhile, or be gone.
    await this.recallAlarm().catch(() => (this.#armedForMs = null))
    this.arm()
  }

  arm(): void {
    const { gate, outbox, busyFlag, timed, unhurried } = this.#parts
    const nowMs = Date.now()
    const due = timed.map((each) => each.nextDueMs())
    if (gate.isSpent()) due.push(nowMs)
    const outboxMs = outbox.nextDueMs()
    if (outboxMs !== null) due.push(Math.max(outboxMs, fallbackMs()))
    const firstMs = first(due)
    // Idleness is told only if nothing else is left to do.
    const thisMs = firstMs < Infinity ? firstMs : busyFlag.nextDueMs()
    this.#armFor(first([thisMs, ...unhurried.map((each) => each.nextDueMs())]))
  }

  /** Has the alarm ring by then, if it is not set for earlier. */
  #armFor(atMs: number | null | undefined): void {
    if (atMs === null || atMs === undefined) return
    if (atMs === Infinity || (this.#armedForMs !== null && this.#armedForMs <= atMs)) return
    this.#armedForMs = atMs
    void this.#parts.storage.setAlarm(atMs)
  }

  /** Alarms run one after another: this one must end before something punctual is due. */
  #patienceMs(nowMs: number): number {
    const punctual = this.#parts.timed.filter((each) => each.isPunctual === true)
    const nextMs = first(punctual.map((each) => each.nextDueMs()))
    return Math.min(ALARM_PATIENCE_MS, Math.max(0, nextMs - nowMs))
  }
}

/** If one of them fails, the others still run. */
const begin = async (timed: Timed, nowMs: number, tickMs: number): Promise<void> => {
  try {
    await timed.runDue(nowMs, tickMs)
  } catch (error) {
    logError('timed_work_failed', error)
  }
}

const fallbackMs = (): number => Date.now() + FALLBACK_MS

const first = (times: readonly (number | null)[]): number =>
  times.reduce<number>((least, atMs) => Math.min(least, atMs ?? Infinity), Infinity)
