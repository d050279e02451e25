/** The account's log: every change of state of its generations, in one sequence. */
import { type AccountEventType, STATE_EVENTS, type StateEventType } from '../../contract/events.ts'
import { readDocument } from '../../domain/document.ts'
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import {
  type AccountEvent,
  type EventPage,
  type EventPageRequest,
  type OwnEventType,
  readEvent,
} from '../../domain/generation/event.ts'
import { readGeneration } from '../../domain/generation/generation.ts'
import { part, raw, type Sql } from '../../adapters/sql.ts'

/** Every event is kept for at least this long. */
const KEPT_MS = 7 * DAY_MS
/** A page scans at most this many, however few match its filter. */
const MAX_SCANNED = 2000
/** The next alarm prunes the rest. */
const MAX_PRUNED_AT_ONCE = 500

type Row = {
  seq: number
  atMs: number
  type: AccountEventType
  generationId: string
  doc: string | null
  event: string | null
  record: string | null
}

export type AccountLog = ReturnType<typeof createAccountLog>

export const createAccountLog = (sql: Sql) => {
  const end = (which: 'MIN' | 'MAX'): number =>
    sql.number`SELECT ${raw(which)}(seq) FROM account_events` ?? 0
  const lastSeq = (): number => end('MAX')

  /** The events after a cursor, oldest first. Those of a deleted generation are left out. */
  const page = ({ after, limit, types }: EventPageRequest): EventPage => {
    const last = lastSeq()
    const oldest = end('MIN')
    const from = after === 'now' ? last : Math.min(after ?? oldest - 1, last)
    if (from < oldest - 1) return { type: 'expired' }
    const scannedTo = Math.min(from + MAX_SCANNED, last)
    const filter =
      types === null
        ? raw('')
        : part`AND a.type IN (SELECT value FROM json_each(${JSON.stringify(types)}))`
    const rows = sql<Row>`
      SELECT a.seq, a.at_ms AS atMs, a.type, a.generation_id AS generationId, a.doc,
        e.doc AS event, g.doc AS record
      FROM account_events AS a
      LEFT JOIN events AS e ON e.generation_id = a.generation_id AND e.seq = a.event_seq
      LEFT JOIN generations AS g ON g.id = a.generation_id
      WHERE a.seq > ${from} AND a.seq <= ${scannedTo} ${filter} ORDER BY a.seq LIMIT ${limit}`
    const cursor = rows.length === limit ? (rows.at(-1)?.seq ?? scannedTo) : scannedTo
    return { type: 'page', events: rows.flatMap(read), cursor, hasMore: cursor < last }
  }

  /** Keeps the newest row, since the next number follows it. */
  const prune = (nowMs: number): boolean => {
    const oldest = sql.number`
      SELECT MAX(seq) FROM (
        SELECT seq, at_ms FROM account_events ORDER BY seq LIMIT ${MAX_PRUNED_AT_ONCE})
      WHERE at_ms <= ${nowMs - KEPT_MS}`
    const last = Math.min(oldest ?? 0, lastSeq() - 1)
    const pruned = sql`DELETE FROM account_events WHERE seq <= ${last} RETURNING seq`
    return pruned.length < MAX_PRUNED_AT_ONCE - 1
  }

  return {
    /** Adds an event that no generation has. Called inside the transaction that causes it. */
    append: (type: OwnEventType, data: object, nowMs: number): void => {
      sql`INSERT INTO account_events (at_ms, type, doc)
        VALUES (${nowMs}, ${type}, ${JSON.stringify(data)})`
    },
    appendDeleted: (generationId: string, nowMs: number): void => {
      sql`INSERT INTO account_events (at_ms, type, generation_id)
        VALUES (${nowMs}, 'generation.deleted', ${generationId})`
    },
    lastSeq,
    page,
    prune,
  }
}

const read = ({ seq, atMs, type, generationId, doc, event, record }: Row): AccountEvent[] => {
  const common = { seq, atMs, generationId }
  if (type === 'generation.deleted') return [{ ...common, type }]
  if (!isState(type)) return doc === null ? [] : [{ seq, atMs, type, data: readDocument(doc) }]
  if (event === null || record === null) return []
  return [{ ...common, type, event: readEvent(event), record: readGeneration(record) }]
}

const isState = (type: AccountEventType): type is StateEventType =>
  STATE_EVENTS.some((state) => state === type)
