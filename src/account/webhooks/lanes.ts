/** Lanes of deliveries: one attempt of a lane runs at a time, and a few of all lanes together. */
import { backoffMs } from '../../domain/webhook/delivery.ts'
import type { WebhookStore } from './store.ts'

const MAX_UNDER_WAY = 8
/** Those that failed last may only have half the turns: they may hang. */
const MAX_FAILING_UNDER_WAY = 4
/** What was claimed and not heard of for this long is tried again: its process has died. */
export const CLAIM_MS = 60_000
/** An address that fails is left alone a little, whatever else it is owed. */
const LONGEST_PAUSE_MS = 60_000

export interface Turn {
  readonly untilMs: number
  readonly isFailing: boolean
  readonly over: PromiseWithResolvers<void>
}

/** Attempts of a lane that failed in a row, and until when it is left alone. */
interface Trouble {
  readonly failures: number
  readonly untilMs: number
}

export class Lanes {
  readonly #webhooks: Pick<WebhookStore, 'lanes' | 'first'>
  /** When the first of each lane is due, as the table has it: nobody else writes there. */
  #known: Map<string, number> | undefined
  readonly #underWay = new Map<string, Turn>()
  /** Forgotten with the process, which costs an attempt too early. */
  readonly #troubles = new Map<string, Trouble>()

  constructor(webhooks: Pick<WebhookStore, 'lanes' | 'first'>) {
    this.#webhooks = webhooks
  }

  /** Whether nothing is owed, as far as that is known without asking. */
  areEmpty(): boolean {
    return this.#known?.size === 0
  }

  nextDueMs(): number | null {
    let firstMs = Infinity
    for (const lane of this.#dues().keys()) {
      if (this.#mayBegin(lane)) firstMs = Math.min(firstMs, this.#dueMs(lane))
    }
    // While one is under way, an alarm is only for a process that dies.
    for (const { untilMs } of this.#underWay.values()) firstMs = Math.min(firstMs, untilMs)
    return firstMs < Infinity ? firstMs : null
  }

  /** Of the lanes that may have a turn now, the one that waits longest. */
  next(nowMs: number): string | undefined {
    return [...this.#dues().keys()]
      .filter((lane) => this.#isDue(lane, nowMs))
      .toSorted((a, b) => this.#dueMs(a) - this.#dueMs(b))[0]
  }

  /** Whether a lane is owed nothing, and may have a turn now. */
  isFree(lane: string, nowMs: number): boolean {
    return !this.#dues().has(lane) && this.#isDue(lane, nowMs)
  }

  /** Notes that something of a lane is due by then. */
  owe(lane: string, dueMs: number): void {
    this.#dues().set(lane, Math.min(this.#dues().get(lane) ?? Infinity, dueMs))
  }

  /** Reads anew what a lane is owed. */
  read(lane: string): void {
    const dueMs = this.#webhooks.first(lane)?.dueMs
    if (dueMs === null || dueMs === undefined) {
      this.#dues().delete(lane)
      this.#troubles.delete(lane)
    } else this.#dues().set(lane, dueMs)
  }

  /** Has all of them read anew. */
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

  leave(lane: string): void {
    this.#underWay.delete(lane)
  }

  /** Settles when every attempt that is under way is over. */
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
