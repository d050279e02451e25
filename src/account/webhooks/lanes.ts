/** Lanes of deliveries: each runs one attempt at a time, and all together run a few. */
import { backoffMs } from '../../domain/webhook/delivery.ts'
import { earliest } from '../timed.ts'
import type { WebhookStore } from './store.ts'

const MAX_UNDER_WAY = 8
/** Lanes that failed last get half the turns at most, since they may hang. */
const MAX_FAILING_UNDER_WAY = 4
/** A claim older than this is tried again: the process that made it has died. */
export const CLAIM_MS = 60_000
/** A failing address gets a pause, whatever else is waiting for it. */
const LONGEST_PAUSE_MS = 60_000

export interface Turn {
  readonly untilMs: number
  readonly isFailing: boolean
  readonly over: PromiseWithResolvers<void>
}

/** Failed attempts in a row, and when the lane's pause ends. */
interface Trouble {
  readonly failures: number
  readonly untilMs: number
}

export class Lanes {
  readonly #webhooks: Pick<WebhookStore, 'lanes' | 'first'>
  /** When the first of each lane is due. Mirrors the table; nothing else writes to it. */
  #known: Map<string, number> | undefined
  readonly #underWay = new Map<string, Turn>()
  /** Lost with the process, which costs an attempt made too early. */
  readonly #troubles = new Map<string, Trouble>()

  constructor(webhooks: Pick<WebhookStore, 'lanes' | 'first'>) {
    this.#webhooks = webhooks
  }

  /** Whether nothing is pending, as far as that is known without a read. */
  areEmpty(): boolean {
    return this.#known?.size === 0
  }

  nextDueMs(): number | null {
    const ready = [...this.#dues().keys()].filter((lane) => this.#mayBegin(lane))
    // While an attempt runs, the alarm is only for the case that the process dies.
    const claims = [...this.#underWay.values()].map(({ untilMs }) => untilMs)
    return earliest([...ready.map((lane) => this.#dueMs(lane)), ...claims])
  }

  /** The lane that has waited longest, of those that may have a turn now. */
  next(nowMs: number): string | undefined {
    return [...this.#dues().keys()]
      .filter((lane) => this.#isDue(lane, nowMs))
      .toSorted((a, b) => this.#dueMs(a) - this.#dueMs(b))[0]
  }

  /** Whether a lane has no deliveries waiting and may have a turn now. */
  isFree(lane: string, nowMs: number): boolean {
    return !this.#dues().has(lane) && this.#isDue(lane, nowMs)
  }

  owe(lane: string, dueMs: number): void {
    this.#dues().set(lane, Math.min(this.#dues().get(lane) ?? Infinity, dueMs))
  }

  read(lane: string): void {
    const dueMs = this.#webhooks.first(lane)?.dueMs
    if (dueMs === null || dueMs === undefined) {
      this.#dues().delete(lane)
      this.#troubles.delete(lane)
    } else this.#dues().set(lane, dueMs)
  }

  /** Makes the next call read all lanes again. */
  forget(): void {
    this.#known = undefined
  }

  take(lane: string, untilMs: number): void {
    const over = Promise.withResolvers<void>()
    this.#underWay.set(lane, { untilMs, isFailing: this.#troubles.has(lane), over })
  }

  turn(lane: string): Turn | undefined {
    return this.#underWay.get(lane)
  }

  release(lane: string): void {
    this.#underWay.delete(lane)
  }

  async allOver(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ over }) => over.promise))
  }

  noteFailure(lane: string, retryAfterMs: number, nowMs: number): void {
    const failures = (this.#troubles.get(lane)?.failures ?? 0) + 1
    const pauseMs = Math.min(backoffMs(failures, 0) ?? Infinity, LONGEST_PAUSE_MS)
    this.#troubles.set(lane, { failures, untilMs: nowMs + Math.max(pauseMs, retryAfterMs) })
  }

  noteSuccess(lane: string): void {
    this.#troubles.delete(lane)
  }

  #isDue(lane: string, nowMs: number): boolean {
    return this.#mayBegin(lane) && this.#dueMs(lane) <= nowMs
  }

  #mayBegin(lane: string): boolean {
    const turns = [...this.#underWay.values()]
    if (this.#underWay.has(lane) || turns.length >= MAX_UNDER_WAY) return false
    const failing = turns.filter(({ isFailing }) => isFailing).length
    return !this.#troubles.has(lane) || failing < MAX_FAILING_UNDER_WAY
  }

  #dueMs(lane: string): number {
    return Math.max(this.#dues().get(lane) ?? 0, this.#troubles.get(lane)?.untilMs ?? 0)
  }

  #dues(): Map<string, number> {
    this.#known ??= this.#webhooks.lanes()
    return this.#known
  }
}
