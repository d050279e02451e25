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
import { CLAIM_MS, createAgenda, type Entry } from '../agenda.ts'
import type { Core } from '../core.ts'
import type { Change } from '../generations/journal.ts'
import type { Looker } from '../generations/looker.ts'
import type { HistoryReading } from './reading.ts'

/** The generation, in any account, that a fal request is known to belong to; null if none. */
export type OwnerOf = (falRequestId: string) => Promise<string | null>

interface Sought {
  readonly entry: Entry
  readonly record: GenerationRecord
}

export const createHistorySearch = (
  core: Core,
  reading: HistoryReading,
  ownerOf: OwnerOf,
  looker: Looker,
) => {
  const { sql, store, journal, gate, transact } = core
  const agenda = createAgenda(core, 'history_searches', (nowMs) => search(nowMs), reading.platform)

  const onChange = ({ before, after }: Change, nowMs: number): void => {
    const was = before !== null && isSought(before)
    if (was === isSought(after)) return
    const dueMs = nextSearchMs(after, nowMs, 0, nowMs)
    if (was) agenda.remove(after.id)
    else agenda.add({ id: after.id, sinceMs: nowMs, tries: 0, dueMs })
  }

  /** One read of the history serves every generation that can be in it. */
  const search = async (nowMs: number): Promise<void> => {
    const claim = (entry: Entry) => ({ ...entry, dueMs: nowMs + CLAIM_MS })
    const due = write(agenda.due(nowMs, -1), claim)
    if (due.length === 0) return
    const fromMs = Math.min(...due.map(({ record }) => searchFromMs(record)))
    const all = sought(agenda.entries())
    const isKept = (request: PastRequest): boolean =>
      all.some(({ record }) => mayBeRequestOf(record, request))
    const read = await reading.requests(isKept, fromMs)
    const isWhole = read !== 'too_many'
    const past = isWhole ? read : await nearby(due)
    const served = isWhole ? all.filter(({ record }) => searchFromMs(record) >= fromMs) : due
    const records = served.map(({ record }) => record)
    if (past !== 'no_answer') await settle(records, past)
    const endedMs = Date.now()
    const entries = served.map(({ entry }) => entry)
    write(entries, (entry, record) => {
      // A failed read does not count as a try: it is due again once fal can be asked.
      if (past === 'no_answer') return { ...entry, dueMs: endedMs }
      const tries = entry.tries + 1
      return { ...entry, tries, dueMs: nextSearchMs(record, entry.sinceMs, tries, endedMs) }
    })
  }

  /**
   * For a period with too many requests: reads around the time when each was sent. It may miss one,
   * since fal does not say whether its times are of sending or of the end.
   */
  const nearby = async (sought: readonly Sought[]): Promise<PastRequest[] | 'no_answer'> => {
    const found = new Map<string, PastRequest>()
    for (const { record } of sought) {
      const [fromMs, untilMs] = [searchFromMs(record), searchUntilMs(record)]
      const isKept = (request: PastRequest): boolean => mayBeRequestOf(record, request)
      const read = await reading.requests(isKept, fromMs, untilMs)
      if (read === 'no_answer') return read
      if (read === 'too_many') log('history_too_long', { generation_id: record.id })
      else for (const request of read) found.set(request.requestId, request)
    }
    return [...found.values()]
  }

  /** Changes the entries of generations still searched for, and removes the others. */
  const write = (
    entries: readonly Entry[],
    change: (entry: Entry, record: GenerationRecord) => Entry,
  ): Sought[] => {
    const found = sought(entries)
    transact(() => {
      for (const { id } of entries) {
        const one = found.find(({ record }) => record.id === id)
        if (one === undefined) agenda.remove(id)
        else agenda.put(change(one.entry, one.record))
      }
    })
    return found
  }

  const sought = (entries: readonly Entry[]): Sought[] =>
    entries.flatMap((entry) => {
      const record = store.read(entry.id)?.record
      return record !== undefined && isSought(record) ? [{ entry, record }] : []
    })

  const settle = async (served: readonly GenerationRecord[], past: readonly PastRequest[]) => {
    const owners = new Map<string, string>()
    for (const { requestId } of past) {
      const owner = await findOwner(requestId)
      if (owner !== null) owners.set(requestId, owner)
    }
    const all = [...served, ...inDoubt()]
    for (const { id } of served) {
      // By now fal's answer, a hook or a person may have settled it.
      const record = store.read(id)?.record
      if (record === undefined || !isSought(record)) continue
      const found = findRequest(record, past, all, owners)
      if (found === undefined || store.idOfRequest(found.requestId) !== undefined) continue
      const { requestId, end } = found
      // Someone else may have sent the caller's seed as well.
      if (record.seedSource !== 'generated') {
        journal.observe(id, [{ type: 'candidate', requestId }])
        continue
      }
      log('request_found_in_history', { generation_id: id, fal_request_id: requestId })
      const accepted: Observation = { type: 'accepted', requestId, by: 'history' }
      // A request listed as failed may be an attempt that fal repeats: the queue knows.
      const isDone = end?.type === 'output'
      journal.observe(id, isDone ? [accepted, end] : [accepted])
      if (!isDone) void looker.look(id)
    }
  }

  const findOwner = async (requestId: string): Promise<string | null> =>
    store.idOfRequest(requestId) ?? (await gate.run('platform', () => ownerOf(requestId)))

  /** Sent generations without a request id. The ended ones are all being searched for. */
  const inDoubt = (): GenerationRecord[] =>
    sql.column<string>`SELECT id FROM generations WHERE status = 'submitting'
      AND sent_at_ms IS NOT NULL UNION SELECT generation_id FROM history_searches`.flatMap(
      (id) => store.read(id)?.record ?? [],
    )

  return { agenda, onChange }
}
