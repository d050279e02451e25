/** The only place where generations change: in a transaction, after which listeners are called. */
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

/** One change of a generation; `before` is null when it is admitted. */
export interface Change {
  readonly before: GenerationRecord | null
  readonly after: GenerationRecord
  readonly due: Due
  readonly events: readonly StoredEvent[]
}

/** Hears of changes in an account. */
export interface ChangeListener {
  /** Inside the transaction: what it writes is stored with the change, or neither is. */
  onChange?(change: Change, nowMs: number): void
  /** At the end of the transaction, unless it makes no new work. */
  beforeCommit?(accountId: string, nowMs: number, changes: readonly Change[]): void
  /** After the commit. */
  afterChange?(change: Change): void
  /** After the commit and every `afterChange`; there may be no changes. */
  afterCommit?(changes: readonly Change[]): void
}

/** The key in `meta` of how often a generation was given a second request id. */
const CONFLICTS = 'request_id_conflicts'

export const createJournal = (
  transact: (work: () => void) => void,
  store: Store,
  ledger: Ledger,
  outbox: Outbox,
  meta: Meta,
) => {
  const listeners: ChangeListener[] = []
  let untold: Change[] | null = null
  /** When each generation last got a queue position event, to space them out. */
  const positionAtMs = new Map<string, number>()

  /** Listeners are called in the order in which they joined. */
  const join = (...more: readonly ChangeListener[]): void => void listeners.push(...more)

  /**
   * Runs `work` as one transaction: all its writes are stored or none, and listeners hear of its
   * changes only after the commit.
   *
   * @param accountId null if it makes no work that the Directory does not know of
   */
  const atomically = (accountId: string | null, nowMs: number, work: () => void): void => {
    const outer = untold
    const changes: Change[] = []
    untold = changes
    try {
      transact(() => {
        work()
        if (accountId === null) return
        for (const listener of listeners) listener.beforeCommit?.(accountId, nowMs, changes)
      })
    } finally {
      untold = outer
    }
    if (outer !== null) return void outer.push(...changes)
    for (const change of changes) {
      for (const listener of listeners) listener.afterChange?.(change)
    }
    for (const listener of listeners) listener.afterCommit?.(changes)
  }

  /**
   * Admits a new generation; `also` runs in the same transaction.
   *
   * @param sending its claim, if it is sent in this very turn
   */
  const admit = (
    record: GenerationRecord,
    sending: Observation | undefined,
    nowMs: number,
    also: () => void,
  ): void => {
    const first = { generation: record, events: [{ type: 'generation.submitting' } as const] }
    const steps = sending === undefined ? [first] : [first, transition(record, sending, nowMs)]
    write(null, steps.at(-1)?.generation ?? record, steps, NO_LOOKS, nowMs, also)
  }

  /**
   * Applies observations in order, in one transaction. Those after an acceptance apply only if the
   * generation then has the job that it names. Returns the new state; undefined if there is no such
   * generation.
   *
   * @param looks the look history to store with it, if a look brought the news
   */
  const observe = (
    id: string,
    observations: readonly Observation[],
    looks?: LookHistory,
  ): GenerationRecord | undefined => {
    const nowMs = Date.now()
    const stored = store.read(id)
    if (stored === undefined) return undefined
    const before = stored.record
    let after = before
    const steps: Transition[] = []
    let named: string | null = null
    for (const observation of observations) {
      if (observation.type === 'accepted') {
        named = observation.requestId
        if (after.falRequestId !== null) noteConflict(after, named, observation.by)
      } else if (named !== null && named !== after.falRequestId) continue
      const step = transition(after, ofItsOwn(after, observation), nowMs)
      after = step.generation
      steps.push(step)
    }
    if (after === before) {
      if (looks !== undefined) store.write(after, looks, nextDue(after, looks))
      return before
    }
    write(before, after, steps, looks ?? stored.looks, nowMs)
    return after
  }

  /** A request id belongs to one generation: one of another generation proves nothing here. */
  const ofItsOwn = ({ id, falRequestId }: GenerationRecord, observation: Observation) => {
    if (observation.type !== 'accepted' && observation.type !== 'beside') return observation
    const { requestId } = observation
    if (requestId === falRequestId) return observation
    if ((store.idOfRequest(requestId) ?? id) === id) return observation
    const duplicate = { type: 'duplicate', requestId } as const
    log('request_id_of_another_generation', { generation_id: id, fal_request_id: requestId })
    return observation.type === 'accepted' ? duplicate : { ...observation, found: duplicate }
  }

  const noteConflict = ({ id, falRequestId }: GenerationRecord, named: string, by: string) => {
    if (named === falRequestId) return
    const count = Number(meta.read(CONFLICTS) ?? 0) + 1
    meta.write(CONFLICTS, String(count))
    const ids = { generation_id: id, fal_request_id: falRequestId, named_request_id: named }
    log('request_id_conflict', { ...ids, by, count })
  }

  /** `also` runs in the same transaction. */
  const write = (
    before: GenerationRecord | null,
    after: GenerationRecord,
    steps: readonly Transition[],
    looks: LookHistory,
    nowMs: number,
    also?: () => void,
  ): void =>
    atomically(after.accountId, nowMs, () => {
      also?.()
      const { id } = after
      const lastPositionAtMs = positionAtMs.get(id) ?? null
      const hasEvents = before !== null && steps.some((step) => step.events.length > 0)
      const lastSeq = hasEvents ? store.lastSeq(id) : 0
      const events: StoredEvent[] = []
      // Step by step: an event shows the generation as it was then, not as it is in the end.
      for (const step of steps) {
        const size = { lastSeq: lastSeq + events.length, lastPositionAtMs }
        events.push(...numberEvents(step.events, step.generation, size, nowMs))
      }
      const due = nextDue(after, looks)
      store.write(after, looks, due)
      ledger.move(before, after)
      for (const event of events) {
        store.appendEvent(id, event)
        if (event.type === 'generation.queue_position') positionAtMs.set(id, nowMs)
      }
      if (isFinal(after.status)) positionAtMs.delete(id)
      owe(before, after, nowMs)
      const change = { before, after, due, events }
      for (const listener of listeners) listener.onChange?.(change, nowMs)
      untold?.push(change)
    })

  const owe = (before: GenerationRecord | null, after: GenerationRecord, nowMs: number): void => {
    const known = before === null ? [] : requestIdsOf(before)
    for (const requestId of requestIdsOf(after).filter((each) => !known.includes(each))) {
      const value = JSON.stringify({ account_id: after.accountId, generation_id: after.id })
      outbox.add({ kind: 'kv_put', key: requestKey(requestId), value }, nowMs)
    }
    const key = generationKey(after.id)
    if (phaseOf(after) === 'settled') {
      outbox.add({ kind: 'kv_put', key, value: JSON.stringify(after) }, nowMs)
    } else if (before !== null && phaseOf(before) === 'settled') {
      // It can change again, so KV must not serve it.
      outbox.add({ kind: 'kv_delete', key }, nowMs)
    }
  }

  return { join, atomically, admit, observe }
}

/** The fal requests that are known to be a generation's own. */
const requestIdsOf = ({ falRequestId, others }: GenerationRecord): string[] => [
  ...(falRequestId === null ? [] : [falRequestId]),
  ...others.filter(isItsOwn).map((job) => job.requestId),
]

/** A hook may name anyone's job: it counts once fal has shown it to us. */
const isItsOwn = ({ by, cost }: OtherJob): boolean => by === 'answer' || cost.state !== 'reserved'
