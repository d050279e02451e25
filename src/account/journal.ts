/** Where generations change: each observation is one transaction, and then the news is told. */
import { generationKey, requestKey } from '../adapters/requests-kv.ts'
import { isFinal } from '../contract/status.ts'
import { type LookHistory, nextDue, NO_LOOKS } from '../domain/due.ts'
import { numberEvents, type StoredEvent } from '../domain/event.ts'
import type { GenerationRecord } from '../domain/generation.ts'
import type { Observation } from '../domain/observation.ts'
import type { Transition } from '../domain/change.ts'
import { phaseOf, transition } from '../domain/transition.ts'
import type { Ledger } from './ledger.ts'
import type { Outbox } from './outbox.ts'
import type { Store } from './store.ts'

/** What happened to one generation, for those who wait or watch. */
export interface News {
  readonly record: GenerationRecord
  readonly events: readonly StoredEvent[]
}

/** Under this the account's id is kept while the Directory has it as busy. */
const BUSY = 'busy'

export class Journal {
  readonly #storage: DurableObjectStorage
  readonly #store: Store
  readonly #ledger: Ledger
  readonly #outbox: Outbox
  readonly #noteEnd: (record: GenerationRecord, nowMs: number) => void
  readonly #tell: (news: News) => void
  /** When a queue position last became an event; only to space them out. */
  readonly #positionAtMs = new Map<string, number>()

  constructor(
    storage: DurableObjectStorage,
    store: Store,
    ledger: Ledger,
    outbox: Outbox,
    /** Called when a generation ends, inside the transaction that ends it. */
    noteEnd: (record: GenerationRecord, nowMs: number) => void,
    tell: (news: News) => void,
  ) {
    this.#storage = storage
    this.#store = store
    this.#ledger = ledger
    this.#outbox = outbox
    this.#noteEnd = noteEnd
    this.#tell = tell
  }

  /** Admits a new generation; `also` runs inside the same transaction. */
  admit(record: GenerationRecord, nowMs: number, also: () => void): void {
    const events = this.#storage.transactionSync(() => {
      also()
      const first = { generation: record, events: [{ type: 'generation.submitting' } as const] }
      return this.#write(null, record, [first], NO_LOOKS, nowMs)
    })
    this.#tell({ record, events })
  }

  /**
   * Takes in observations, in order and at once. Answers the generation as it then
   * is, or undefined where there is none of that id.
   *
   * @param looks the history to keep with it, where a look was what brought the news
   */
  observe(
    id: string,
    observations: readonly Observation[],
    nowMs: number,
    looks?: LookHistory,
  ): GenerationRecord | undefined {
    const stored = this.#store.read(id)
    if (stored === undefined) return undefined
    const before = stored.record
    let after = before
    const steps: Transition[] = []
    for (const observation of observations) {
      const step = transition(after, observation, nowMs)
      after = step.generation
      steps.push(step)
    }
    if (after === before && looks === undefined) return before
    const events = this.#storage.transactionSync(() =>
      this.#write(before, after, steps, looks ?? stored.looks, nowMs),
    )
    if (after !== before) this.#tell({ record: after, events })
    return after
  }

  #write(
    before: GenerationRecord | null,
    after: GenerationRecord,
    steps: readonly Transition[],
    looks: LookHistory,
    nowMs: number,
  ): StoredEvent[] {
    const { id } = after
    const lastPositionAtMs = this.#positionAtMs.get(id) ?? null
    const lastSeq = steps.some((step) => step.events.length > 0) ? this.#store.lastSeq(id) : 0
    const events: StoredEvent[] = []
    // Step by step: an event tells what the generation was then, not what it came to.
    for (const step of steps) {
      const size = { lastSeq: lastSeq + events.length, lastPositionAtMs }
      events.push(...numberEvents(step.events, step.generation, size, nowMs))
    }
    this.#store.write(after, looks, nextDue(after, looks))
    this.#ledger.move(before, after)
    for (const event of events) {
      this.#store.appendEvent(id, event)
      if (event.type === 'generation.queue_position') this.#positionAtMs.set(id, nowMs)
    }
    if (isFinal(after.status)) {
      this.#positionAtMs.delete(id)
      if (before !== null && !isFinal(before.status)) this.#noteEnd(after, nowMs)
    }
    this.#owe(before, after, nowMs)
    return events
  }

  /** What other places must learn of this change. */
  #owe(before: GenerationRecord | null, after: GenerationRecord, nowMs: number): void {
    if (after.falRequestId !== null && before?.falRequestId !== after.falRequestId) {
      const owner = { account_id: after.accountId, generation_id: after.id }
      const value = JSON.stringify(owner)
      this.#outbox.add({ kind: 'kv_put', key: requestKey(after.falRequestId), value }, nowMs)
    }
    if (phaseOf(after) === 'settled' && (before === null || phaseOf(before) !== 'settled')) {
      const value = JSON.stringify(after)
      this.#outbox.add({ kind: 'kv_put', key: generationKey(after.id), value }, nowMs)
    }
    this.oweBusy(after.accountId, nowMs)
  }

  /** Has the Directory told that there is work, where it does not know. Called inside a transaction. */
  oweBusy(accountId: string, nowMs: number): void {
    if (!this.#store.hasDue() || this.#store.meta(BUSY) !== undefined) return
    this.#store.setMeta(BUSY, accountId)
    this.#outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'yes' }, nowMs)
  }

  /**
   * Has the Directory told that nothing is left to do, where it thinks otherwise, and
   * answers whether it has to be. Called inside a transaction, once the outbox is empty:
   * until then the second clock is still needed.
   */
  oweIdle(nowMs: number): boolean {
    const accountId = this.#store.meta(BUSY)
    if (accountId === undefined || this.#store.hasDue()) return false
    this.#store.deleteMeta(BUSY)
    this.#outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'no' }, nowMs)
    return true
  }
}
