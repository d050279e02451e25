/** The account's SQL for generations and their events. It decides nothing. */
import type { NormalisedInput } from '../../contract/input.ts'
import { FINAL_STATUSES, type Origin } from '../../contract/status.ts'
import type { ListRequest, ListResult } from '../../domain/account.ts'
import { type Due, type LookHistory, readLooks } from '../../domain/generation/due.ts'
import { type GenerationRecord, readGeneration } from '../../domain/generation/generation.ts'
import { readEvent, type StoredEvent } from '../../domain/generation/event.ts'
import { phaseOf } from '../../domain/generation/transition.ts'
import { earliestId } from '../../domain/id.ts'
import { type Fragment, type OnRollback, part, raw, type Sql } from '../../adapters/sql.ts'

/** How many past generations of a kind are used to predict the next. */
const PAST_DURATIONS = 100
const PAST_DURATIONS_MAX_AGE_MS = 10_000

export interface StoredGeneration {
  readonly record: GenerationRecord
  readonly looks: LookHistory
  /** The number of its last event, once it was read. */
  lastSeq?: number
}

/** How many generations to cache: few change, and each of those is read many times. */
const MAX_IN_HAND = 300

/** Unsent generations wait for a place at fal, and so apart from all other work. */
const DUE = {
  send: raw(`due_what = 'send'`),
  other: raw(`due_what IN ('cancel', 'look', 'look_beside', 'clock')`),
}

export type Store = ReturnType<typeof createStore>

export const createStore = (sql: Sql, onRollback: OnRollback) => {
  /** Mirrors the table; nothing else writes to it. */
  const inHand = new Map<string, StoredGeneration>()
  onRollback(() => inHand.clear())
  const pastDurations = new Map<string, { readonly ms: readonly number[]; readonly atMs: number }>()

  /** Caches a generation that may still change; the least recently used goes first. */
  const keepInHand = (stored: StoredGeneration): StoredGeneration => {
    const { id } = stored.record
    inHand.delete(id)
    if (phaseOf(stored.record) === 'settled') return stored
    inHand.set(id, stored)
    const [oldest] = inHand.keys()
    if (inHand.size > MAX_IN_HAND && oldest !== undefined) inHand.delete(oldest)
    return stored
  }

  return {
    read: (id: string): StoredGeneration | undefined => {
      const known = inHand.get(id)
      if (known !== undefined) return known
      type Row = { doc: string; looks: string }
      const [row] = sql<Row>`SELECT doc, looks FROM generations WHERE id = ${id}`
      if (row === undefined) return undefined
      return keepInHand({ record: readGeneration(row.doc), looks: readLooks(row.looks) })
    },
    idOfRequest: (falRequestId: string): string | undefined =>
      sql.text`SELECT id FROM generations WHERE fal_request_id = ${falRequestId}
        UNION ALL SELECT id FROM tombstones WHERE fal_request_id = ${falRequestId}` ?? undefined,
    write: (record: GenerationRecord, looks: LookHistory, due: Due): void => {
      sql`INSERT INTO generations (id, doc, looks, due_what, due_at_ms)
        VALUES (${record.id}, ${JSON.stringify(record)}, ${JSON.stringify(looks)},
        ${due?.what ?? null}, ${due?.atMs ?? null}) ON CONFLICT (id) DO UPDATE
        SET doc = excluded.doc, looks = excluded.looks, due_what = excluded.due_what,
        due_at_ms = excluded.due_at_ms`
      keepInHand({ ...inHand.get(record.id), record, looks })
    },
    remove: (id: string): void => {
      sql`DELETE FROM generations WHERE id = ${id}`
      sql`DELETE FROM events WHERE generation_id = ${id}`
      inHand.delete(id)
    },
    /** Puts off what is due, so that nothing else starts it before `untilMs`. */
    putOff: (what: keyof typeof DUE, id: string, untilMs: number): void => {
      sql`UPDATE generations SET due_at_ms = ${untilMs} WHERE id = ${id} AND ${DUE[what]}`
    },
    /** Ids with such work due, oldest first. */
    dueIds: (what: keyof typeof DUE, nowMs: number, limit: number): string[] =>
      sql.column`SELECT id FROM generations
        WHERE ${DUE[what]} AND due_at_ms <= ${nowMs} ORDER BY due_at_ms, id LIMIT ${limit}`,
    nextDueMs: (what: keyof typeof DUE): number | null =>
      sql.number`SELECT MIN(due_at_ms) FROM generations
        WHERE ${DUE[what]} AND due_at_ms IS NOT NULL`,
    /**
     * Milliseconds from sending to completion of the newest generations of a kind, as of a few
     * seconds ago at most.
     */
    pastDurationsMs: ({ resolution, duration }: NormalisedInput, nowMs: number) => {
      const kind = `${resolution}:${duration}`
      const known = pastDurations.get(kind)
      if (known !== undefined && nowMs - known.atMs < PAST_DURATIONS_MAX_AGE_MS) return known.ms
      const ms = sql.column<number>`SELECT finished_at_ms - sent_at_ms FROM generations
        WHERE kind = ${kind} AND status = 'completed' ORDER BY finished_at_ms DESC
        LIMIT ${PAST_DURATIONS}`
      pastDurations.set(kind, { ms, atMs: nowMs })
      return ms
    },
    /** About when the last one ended, judged by the newest of each final status. */
    lastEndMs: (): number | null =>
      sql.number`SELECT MAX((SELECT finished_at_ms FROM generations
        WHERE status = final.value ORDER BY id DESC LIMIT 1))
        FROM json_each(${JSON.stringify(FINAL_STATUSES)}) AS final`,
    appendEvent: (generationId: string, event: StoredEvent): void => {
      sql`INSERT INTO events (generation_id, seq, doc)
        VALUES (${generationId}, ${event.seq}, ${JSON.stringify(event)})`
      const stored = inHand.get(generationId)
      if (stored !== undefined) stored.lastSeq = event.seq
    },
    events: (generationId: string, afterSeq: number, limit: number): StoredEvent[] =>
      sql.column<string>`SELECT doc FROM events WHERE generation_id = ${generationId}
        AND seq > ${afterSeq} ORDER BY seq LIMIT ${limit}`.map(readEvent),
    lastSeq: (generationId: string): number => {
      const stored = inHand.get(generationId)
      if (stored?.lastSeq !== undefined) return stored.lastSeq
      const seq = sql.number`SELECT MAX(seq) FROM events WHERE generation_id = ${generationId}` ?? 0
      if (stored !== undefined) stored.lastSeq = seq
      return seq
    },
  }
}

/** The Worker makes the id, and the account admits it at most this much later. */
const LONGEST_WAY_MS = 5 * 60_000
/** An id is not newer than its admission, except for clocks that differ by this much. */
const CLOCKS_DIFFER_MS = 10_000

/** No index has the origin: a page scans at most this many rows, and may be short or empty. */
const MAX_SCANNED = 2000

const AFTER_ALL = 'gen_~'

const OF_ORIGIN: Readonly<Record<Origin, Fragment>> = {
  schedule: raw('schedule_id IS NOT NULL'),
  fal: raw("doc ->> '$.via' = 'fal'"),
  api: raw("schedule_id IS NULL AND doc ->> '$.via' IS NULL"),
}

/**
 * A page of an account's generations, newest first, that match every given filter. Every
 * combination of filters uses an index.
 */
export const listGenerations = (sql: Sql, filter: ListRequest): Omit<ListResult, 'holdup'> => {
  const { origin, beforeId, limit } = filter
  const scan = origin === undefined ? undefined : lastOfScan(sql, beforeId)
  const ofOrigin = origin === undefined ? [] : [OF_ORIGIN[origin]]
  const bound = scan === undefined ? [] : [part`id >= ${scan}`]
  const all = select(sql, filter, [...bound, ...ofOrigin])
  const records = all.slice(0, limit)
  const nextBeforeId = all.length > limit ? (records.at(-1)?.id ?? null) : (scan ?? null)
  return { records, nextBeforeId }
}

/** The oldest id that one page scans; undefined if it scans all. */
const lastOfScan = (sql: Sql, beforeId = AFTER_ALL): string | undefined =>
  sql.text`SELECT id FROM generations WHERE id < ${beforeId} ORDER BY id DESC
    LIMIT 1 OFFSET ${MAX_SCANNED}` ?? undefined

const select = (sql: Sql, filter: ListRequest, where: Fragment[]): GenerationRecord[] => {
  const { status, scheduleId, user, beforeId, limit } = filter
  const { createdAfterMs: afterMs, createdBeforeMs: beforeMs } = filter
  // The times in ids limit what is read, and the times of admission decide.
  const end = beforeMs === undefined ? undefined : earliestId('gen', beforeMs + CLOCKS_DIFFER_MS)
  const [earlier] = [beforeId, end].filter((id) => id !== undefined).toSorted()
  if (afterMs !== undefined) where.push(part`id > ${earliestId('gen', afterMs - LONGEST_WAY_MS)}`)
  if (earlier !== undefined) where.push(part`id < ${earlier}`)
  if (status !== undefined) where.push(part`status = ${status}`)
  if (scheduleId !== undefined) where.push(part`schedule_id = ${scheduleId}`)
  if (user !== undefined) where.push(part`user_id = ${user}`)
  if (afterMs !== undefined) where.push(part`created_at_ms > ${afterMs}`)
  if (beforeMs !== undefined) where.push(part`created_at_ms < ${beforeMs}`)
  // With both time bounds, SQLite would choose the index of the schedule alone.
  const isNarrow = status !== undefined && scheduleId !== undefined
  const index = isNarrow ? 'schedule_status' : user === undefined ? null : 'user'
  const by = raw(index === null ? '' : `INDEXED BY generations_${index}`)
  const conditions = where.reduce((all, one) => part`${all} AND ${one}`, raw('TRUE'))
  return sql.column<string>`SELECT doc FROM generations ${by} WHERE ${conditions}
    ORDER BY id DESC LIMIT ${limit + 1}`.map(readGeneration)
}
