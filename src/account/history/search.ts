/** Searches fal's history for generations whose submit got no clear answer. */
import { log } from '../../adapters/log.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import {
  findRequest,
  isSought,
  mayBeRequestOf,
  nextSearchMs,
  type PastRequest,
  searchFromMs,
  searchUntilMs,
} from '../../domain/generation/history.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import { Agenda, CLAIM_MS, type Entry } from '../agenda.ts'
import type { Core } from '../core.ts'
import type { Change, ChangeListener } from '../generations/journal.ts'
import type { Looker } from '../generations/looker.ts'
import type { HistoryReading } from './reading.ts'

/** The generation, in any account, that a fal request is known to belong to; null if none. */
export type OwnerOf = (falRequestId: string) => Promise<string | null>

interface Sought {
  readonly entry: Entry
  readonly record: GenerationRecord
}

export interface HistorySearchParts extends Pick<
  Core,
  'sql' | 'store' | 'journal' | 'gate' | 'transact' | 'onRollback'
> {
  readonly reading: HistoryReading
  readonly ownerOf: OwnerOf
  readonly looker: Looker
}

export class HistorySearch implements ChangeListener {
  readonly agenda: Agenda
  readonly #parts: HistorySearchParts

  constructor(parts: HistorySearchParts) {
    this.#parts = parts
    const { platform } = parts.reading
    const round = (nowMs: number) => this.#look(nowMs)
    this.agenda = new Agenda({ ...parts, platform, round }, 'history_searches')
  }

  onChange({ before, after }: Change, nowMs: number): void {
    const was = before !== null && isSought(before)
    if (was === isSought(after)) return
    const dueMs = nextSearchMs(after, nowMs, 0, nowMs)
    if (was) this.agenda.remove(after.id)
    else this.agenda.add({ id: after.id, sinceMs: nowMs, tries: 0, dueMs })
  }

  /** One read of the history serves every generation that can be in it. */
  async #look(nowMs: number): Promise<void> {
    const isDue = ({ dueMs }: Entry): boolean => dueMs <= nowMs
    const due = this.#write(this.agenda.entries().filter(isDue), (entry) => ({
      ...entry,
      dueMs: nowMs + CLAIM_MS,
    }))
    if (due.length === 0) return
    const fromMs = Math.min(...due.map(({ record }) => searchFromMs(record)))
    const all = this.#sought(this.agenda.entries())
    const isKept = (request: PastRequest): boolean =>
      all.some(({ record }) => mayBeRequestOf(record, request))
    const read = await this.#parts.reading.requests(isKept, fromMs)
    const isWhole = read !== 'too_many'
    const past = isWhole ? read : await this.#nearby(due)
    const served = isWhole ? all.filter(({ record }) => searchFromMs(record) >= fromMs) : due
    if (past !== 'no_answer') {
      const records = served.map(({ record }) => record)
      await this.#settle(records, past)
    }
    const endedMs = Date.now()
    this.#write(
      served.map(({ entry }) => entry),
      (entry, record) =>
        // A failed read does not count as a try: it is due again once fal can be asked.
        past === 'no_answer'
          ? { ...entry, dueMs: endedMs }
          : {
              ...entry,
              tries: entry.tries + 1,
              dueMs: nextSearchMs(record, entry.sinceMs, entry.tries + 1, endedMs),
            },
    )
  }

  /**
   * For a period with too many requests: reads around the time when each was sent. It may miss one,
   * since fal does not say whether its times are of sending or of the end.
   */
  async #nearby(sought: readonly Sought[]): Promise<PastRequest[] | 'no_answer'> {
    const found = new Map<string, PastRequest>()
    for (const { record } of sought) {
      const [fromMs, untilMs] = [searchFromMs(record), searchUntilMs(record)]
      const isKept = (request: PastRequest): boolean => mayBeRequestOf(record, request)
      const read = await this.#parts.reading.requests(isKept, fromMs, untilMs)
      if (read === 'no_answer') return read
      if (read === 'too_many') log('history_too_long', { generation_id: record.id })
      else for (const request of read) found.set(request.requestId, request)
    }
    return [...found.values()]
  }

  /** Changes the entries of generations still searched for, and removes the others. */
  #write(
    entries: readonly Entry[],
    change: (entry: Entry, record: GenerationRecord) => Entry,
  ): Sought[] {
    const sought = this.#sought(entries)
    this.#parts.transact(() => {
      for (const { id } of entries) {
        const found = sought.find(({ record }) => record.id === id)
        if (found === undefined) this.agenda.remove(id)
        else this.agenda.put(change(found.entry, found.record))
      }
    })
    return sought
  }

  #sought(entries: readonly Entry[]): Sought[] {
    return entries.flatMap((entry) => {
      const record = this.#parts.store.read(entry.id)?.record
      return record !== undefined && isSought(record) ? [{ entry, record }] : []
    })
  }

  async #settle(served: readonly GenerationRecord[], past: readonly PastRequest[]): Promise<void> {
    const { store, journal, looker } = this.#parts
    const owners = new Map<string, string>()
    for (const { requestId } of past) {
      const owner = await this.#ownerOf(requestId)
      if (owner !== null) owners.set(requestId, owner)
    }
    const all = [...served, ...this.#inDoubt()]
    for (const { id } of served) {
      // By now fal's answer, a hook or a person may have settled it.
      const record = store.read(id)?.record
      if (record === undefined || !isSought(record)) continue
      const found = findRequest(record, past, all, owners)
      if (found === undefined || store.idOfRequest(found.requestId) !== undefined) continue
      const { requestId, end } = found
      // Someone else may have sent the caller's seed as well.
      if (record.seedSource !== 'generated') {
        journal.observe(id, [{ type: 'candidate', requestId }], Date.now())
        continue
      }
      log('request_found_in_history', { generation_id: id, fal_request_id: requestId })
      const accepted: Observation = { type: 'accepted', requestId, by: 'history' }
      // A request listed as failed may be an attempt that fal repeats: the queue knows.
      const isDone = end?.type === 'output'
      journal.observe(id, isDone ? [accepted, end] : [accepted], Date.now())
      if (!isDone) void looker.look(id)
    }
  }

  async #ownerOf(requestId: string): Promise<string | null> {
    const { store, gate, ownerOf } = this.#parts
    return store.idOfRequest(requestId) ?? (await gate.run('platform', () => ownerOf(requestId)))
  }

  /** Sent generations without a request id. The ended ones are all being searched for. */
  #inDoubt(): GenerationRecord[] {
    const { sql, store } = this.#parts
    return sql<{ id: string }>`SELECT id FROM generations WHERE status = 'submitting'
      AND sent_at_ms IS NOT NULL UNION SELECT generation_id FROM history_searches`.flatMap(
      ({ id }) => store.read(id)?.record ?? [],
    )
  }
}
