/** Where generations change: each observation is one transaction, and then the news is told. */
import { log } from '../../adapters/log.ts'
import { generationKey, requestKey } from '../../adapters/requests-kv.ts'
import { isFinal } from '../../contract/status.ts'
import { type LookHistory, nextDue, NO_LOOKS } from '../../domain/generation/due.ts'
import { numberEvents, type StoredEvent } from '../../domain/generation/event.ts'
import type { GenerationRecord, OtherJob } from '../../domain/generation/generation.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import type { Transition } from '../../domain/generation/change.ts'
import { phaseOf, transition } from '../../domain/generation/transition.ts'
import type { BusyFlag } from '../busy-flag.ts'
import type { Ledger } from './ledger.ts'
import type { Outbox } from '../outbox.ts'
import type { Store } from './store.ts'

/** What happened to one generation, for those who wait or watch. */
export interface News {
  readonly record: GenerationRecord
  readonly events: readonly StoredEvent[]
}

/** Under this it is counted how often a generation was told of a second request id. */
const CONFLICTS = 'request_id_conflicts'

export class Journal {
  readonly #storage: DurableObjectStorage
  readonly #store: Store
  readonly #ledger: Ledger
  readonly #outbox: Outbox
  readonly #busyFlag: BusyFlag
  readonly #noteEnd: (record: GenerationRecord, nowMs: number) => void
  readonly #tell: (news: News) => void
  /** What is to be told once the transaction under way is over; null outside of one. */
  #untold: News[] | null = null
  /** When a queue position last became an event; only to space them out. */
  readonly #positionAtMs = new Map<string, number>()

  constructor(
    storage: DurableObjectStorage,
    store: Store,
    ledger: Ledger,
    outbox: Outbox,
    busyFlag: BusyFlag,
    /** Called when a generation ends, inside the transaction that ends it. */
    noteEnd: (record: GenerationRecord, nowMs: number) => void,
    tell: (news: News) => void,
  ) {
    this.#storage = storage
    this.#store = store
    this.#ledger = ledger
    this.#outbox = outbox
    this.#busyFlag = busyFlag
    this.#noteEnd = noteEnd
    this.#tell = tell
  }

  /**
   * Runs `work` as one transaction: all that it writes is written or nothing, and nobody
   * hears of what changes in it before it is.
   */
  atomically(work: () => void): void {
    const untold: News[] = []
    this.#untold = untold
    try {
      this.#storage.transactionSync(work)
    } finally {
      this.#untold = null
    }
    for (const news of untold) this.#tell(news)
  }

  /** Admits a new generation; `also` runs inside the same transaction. */
  admit(record: GenerationRecord, nowMs: number, also: () => void): void {
    const events = this.#storage.transactionSync(() => {
      also()
      const first = { generation: record, events: [{ type: 'generation.submitting' } as const] }
      return this.#write(null, record, [first], NO_LOOKS, nowMs)
    })
    this.#announce({ record, events })
  }

  /**
   * Takes in observations, in order and at once; those that follow an acceptance are of
   * the job that it names, and of no other. Answers the generation as it then is, or
   * undefined where there is none of that id.
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
    let named: string | null = null
    for (const observation of observations) {
      if (observation.type === 'accepted') {
        named = observation.requestId
        if (after.falRequestId !== null) this.#noteConflict(after, named, observation.by)
      } else if (named !== null && named !== after.falRequestId) continue
      const step = transition(after, this.#ofItsOwn(id, observation), nowMs)
      after = step.generation
      steps.push(step)
    }
    if (after === before && looks === undefined) return before
    const events = this.#storage.transactionSync(() =>
      this.#write(before, after, steps, looks ?? stored.looks, nowMs),
    )
    if (after !== before) this.#announce({ record: after, events })
    return after
  }

  #announce(news: News): void {
    if (this.#untold === null) this.#tell(news)
    else this.#untold.push(news)
  }

  /** A request id belongs to one generation: what names another's proves nothing of this one's. */
  #ofItsOwn(id: string, observation: Observation): Observation {
    if (observation.type !== 'accepted' && observation.type !== 'beside') return observation
    const { requestId } = observation
    if ((this.#store.idOfRequest(requestId) ?? id) === id) return observation
    const duplicate = { type: 'duplicate', requestId } as const
    log('request_id_of_another_generation', { generation_id: id, fal_request_id: requestId })
    return observation.type === 'accepted' ? duplicate : { ...observation, found: duplicate }
  }

  #noteConflict({ id, falRequestId }: GenerationRecord, named: string, by: string): void {
    if (named === falRequestId) return
    const count = Number(this.#store.meta(CONFLICTS) ?? 0) + 1
    this.#store.setMeta(CONFLICTS, String(count))
    const ids = { generation_id: id, fal_request_id: falRequestId, named_request_id: named }
    log('request_id_conflict', { ...ids, by, count })
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
    const known = before === null ? [] : requestIdsOf(before)
    for (const requestId of requestIdsOf(after)) {
      if (known.includes(requestId)) continue
      const owner = { account_id: after.accountId, generation_id: after.id }
      const value = JSON.stringify(owner)
      this.#outbox.add({ kind: 'kv_put', key: requestKey(requestId), value }, nowMs)
    }
    const isNews =
      before === null || phaseOf(before) !== 'settled' || before.others !== after.others
    if (phaseOf(after) === 'settled' && isNews) {
      const value = JSON.stringify(after)
      this.#outbox.add({ kind: 'kv_put', key: generationKey(after.id), value }, nowMs)
    }
    this.oweBusy(after.accountId, nowMs)
  }

  /** Has the Directory told that there is work, where it does not know. Called inside a transaction. */
  oweBusy(accountId: string, nowMs: number): void {
    this.#busyFlag.oweBusy(accountId, nowMs)
  }
}

/** fal's requests that are known to be a generation's own. */
const requestIdsOf = ({ falRequestId, others }: GenerationRecord): string[] => [
  ...(falRequestId === null ? [] : [falRequestId]),
  ...others.filter(isItsOwn).map((job) => job.requestId),
]

/** A hook may name anyone's job, until fal has shown it to us. */
const isItsOwn = ({ by, cost }: OtherJob): boolean => by === 'answer' || cost.state !== 'reserved'
