/** The one place where generations change: a transaction each, after which listeners are told. */
import { log } from '../../adapters/log.ts'
import { generationKey, requestKey } from '../../adapters/requests-kv.ts'
import { isFinal } from '../../contract/status.ts'
import type { Transition } from '../../domain/generation/change.ts'
import { type Due, type LookHistory, nextDue, NO_LOOKS } from '../../domain/generation/due.ts'
import { numberEvents, type StoredEvent } from '../../domain/generation/event.ts'
import type { GenerationRecord, OtherJob } from '../../domain/generation/generation.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import { phaseOf, transition } from '../../domain/generation/transition.ts'
import type { Meta } from '../meta.ts'
import type { Outbox } from '../outbox.ts'
import type { Ledger } from './ledger.ts'
import type { Store } from './store.ts'

/** What happened to one generation; `before` is null when it is admitted. */
export interface Change {
  readonly before: GenerationRecord | null
  readonly after: GenerationRecord
  /** What the clock is to do for it next. */
  readonly due: Due
  readonly events: readonly StoredEvent[]
}

/** Who is told of what changes in an account. Each method is for those who need it. */
export interface ChangeListener {
  /** Inside the transaction: what is written here is written with the change, or neither is. */
  onChange?(change: Change, nowMs: number): void
  /** Inside the transaction, at its end, whatever it was that changed. */
  beforeCommit?(accountId: string, nowMs: number, changes: readonly Change[]): void
  /** Once it is committed. */
  afterChange?(change: Change): void
  /** Once it is committed and everyone has heard of each change in it, which may be none. */
  afterCommit?(changes: readonly Change[]): void
}

export type Transact = (work: () => void) => void

export interface JournalParts {
  readonly transact: Transact
  readonly store: Store
  readonly ledger: Ledger
  readonly outbox: Outbox
  readonly meta: Meta
}

/** Under this it is counted how often a generation was told of a second request id. */
const CONFLICTS = 'request_id_conflicts'

export class Journal {
  readonly #parts: JournalParts
  readonly #listeners: ChangeListener[] = []
  /** What is to be told once the transaction under way is over; null outside of one. */
  #untold: Change[] | null = null
  /** When a queue position last became an event; only to space them out. */
  readonly #positionAtMs = new Map<string, number>()

  constructor(parts: JournalParts) {
    this.#parts = parts
  }

  /** Has a listener told of every change from now on, after those that joined before it. */
  join(...listeners: readonly ChangeListener[]): void {
    this.#listeners.push(...listeners)
  }

  /**
   * Runs `work` as one transaction: all that it writes is written or nothing, and nobody hears
   * of what changes in it before it is.
   *
   * @param accountId whose it is; null if it makes no work that the Directory does not know of
   */
  atomically(accountId: string | null, nowMs: number, work: () => void): void {
    const outer = this.#untold
    const changes: Change[] = []
    this.#untold = changes
    try {
      this.#parts.transact(() => {
        work()
        if (accountId === null) return
        for (const listener of this.#listeners) {
          listener.beforeCommit?.(accountId, nowMs, changes)
        }
      })
    } finally {
      this.#untold = outer
    }
    if (outer !== null) return void outer.push(...changes)
    for (const change of changes) {
      for (const listener of this.#listeners) listener.afterChange?.(change)
    }
    for (const listener of this.#listeners) listener.afterCommit?.(changes)
  }

  /**
   * Admits a new generation; `also` runs inside the same transaction.
   *
   * @param sending its claim, if it is to be sent in this very turn
   */
  admit(
    record: GenerationRecord,
    sending: Observation | undefined,
    nowMs: number,
    also: () => void,
  ): void {
    const first = { generation: record, events: [{ type: 'generation.submitting' } as const] }
    const steps = sending === undefined ? [first] : [first, transition(record, sending, nowMs)]
    this.atomically(record.accountId, nowMs, () => {
      also()
      this.#write(null, steps.at(-1)?.generation ?? record, steps, NO_LOOKS, nowMs)
    })
  }

  /**
   * Takes in observations, in order and at once; those that follow an acceptance are of
   * the job that it names, and of no other. Answers the generation as it then is, or
   * undefined if there is none of that id.
   *
   * @param looks the history to keep with it, if a look brought the news
   */
  observe(
    id: string,
    observations: readonly Observation[],
    nowMs: number,
    looks?: LookHistory,
  ): GenerationRecord | undefined {
    const stored = this.#parts.store.read(id)
    if (stored === undefined) return undefined
    const before = stored.record
    let after = before
    const steps: Transition[] = []
    let named: string | null = null
    for (const observation of observations) {
      if (observation.type === 'accepted') {
        named = observation.requestId
        if (after.falRequestId !== null) this.#noteConflict(after, named, observation.by)
      } else if (named !== null && named !== after.falRequestId) continue
      const step = transition(after, this.#ofItsOwn(after, observation), nowMs)
      after = step.generation
      steps.push(step)
    }
    if (after === before) {
      if (looks !== undefined) this.#parts.store.write(after, looks, nextDue(after, looks))
      return before
    }
    this.atomically(after.accountId, nowMs, () =>
      this.#write(before, after, steps, looks ?? stored.looks, nowMs),
    )
    return after
  }

  /** A request id belongs to one generation: what names another's proves nothing of this one's. */
  #ofItsOwn({ id, falRequestId }: GenerationRecord, observation: Observation): Observation {
    if (observation.type !== 'accepted' && observation.type !== 'beside') return observation
    const { requestId } = observation
    if (requestId === falRequestId) return observation
    if ((this.#parts.store.idOfRequest(requestId) ?? id) === id) return observation
    const duplicate = { type: 'duplicate', requestId } as const
    log('request_id_of_another_generation', { generation_id: id, fal_request_id: requestId })
    return observation.type === 'accepted' ? duplicate : { ...observation, found: duplicate }
  }

  #noteConflict({ id, falRequestId }: GenerationRecord, named: string, by: string): void {
    if (named === falRequestId) return
    const { meta } = this.#parts
    const count = Number(meta.read(CONFLICTS) ?? 0) + 1
    meta.write(CONFLICTS, String(count))
    const ids = { generation_id: id, fal_request_id: falRequestId, named_request_id: named }
    log('request_id_conflict', { ...ids, by, count })
  }

  #write(
    before: GenerationRecord | null,
    after: GenerationRecord,
    steps: readonly Transition[],
    looks: LookHistory,
    nowMs: number,
  ): void {
    const { store, ledger } = this.#parts
    const { id } = after
    const lastPositionAtMs = this.#positionAtMs.get(id) ?? null
    const hasEvents = before !== null && steps.some((step) => step.events.length > 0)
    const lastSeq = hasEvents ? store.lastSeq(id) : 0
    const events: StoredEvent[] = []
    // Step by step: an event tells what the generation was then, not what it came to.
    for (const step of steps) {
      const size = { lastSeq: lastSeq + events.length, lastPositionAtMs }
      events.push(...numberEvents(step.events, step.generation, size, nowMs))
    }
    const due = nextDue(after, looks)
    store.write(after, looks, due)
    ledger.move(before, after)
    for (const event of events) {
      store.appendEvent(id, event)
      if (event.type === 'generation.queue_position') this.#positionAtMs.set(id, nowMs)
    }
    if (isFinal(after.status)) this.#positionAtMs.delete(id)
    this.#owe(before, after, nowMs)
    const change = { before, after, due, events }
    for (const listener of this.#listeners) listener.onChange?.(change, nowMs)
    this.#untold?.push(change)
  }

  #owe(before: GenerationRecord | null, after: GenerationRecord, nowMs: number): void {
    const { outbox } = this.#parts
    const known = before === null ? [] : requestIdsOf(before)
    for (const requestId of requestIdsOf(after)) {
      if (known.includes(requestId)) continue
      const owner = { account_id: after.accountId, generation_id: after.id }
      const value = JSON.stringify(owner)
      outbox.add({ kind: 'kv_put', key: requestKey(requestId), value }, nowMs)
    }
    const key = generationKey(after.id)
    if (phaseOf(after) === 'settled') {
      outbox.add({ kind: 'kv_put', key, value: JSON.stringify(after) }, nowMs)
    } else if (before !== null && phaseOf(before) === 'settled') {
      // It can still change, so nobody may take KV's word for it.
      outbox.add({ kind: 'kv_delete', key }, nowMs)
    }
  }
}

/** fal's requests that are known to be a generation's own. */
const requestIdsOf = ({ falRequestId, others }: GenerationRecord): string[] => [
  ...(falRequestId === null ? [] : [falRequestId]),
  ...others.filter(isItsOwn).map((job) => job.requestId),
]

/** A hook may name anyone's job, until fal has shown it to us. */
const isItsOwn = ({ by, cost }: OtherJob): boolean => by === 'answer' || cost.state !== 'reserved'
