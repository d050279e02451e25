/** The account's SQL for generations and their events. It decides nothing. */
import type { NormalisedInput } from '../../contract/input.ts'
import { FINAL_STATUSES } from '../../contract/status.ts'
import { type Due, type LookHistory, readLooks } from '../../domain/generation/due.ts'
import { type GenerationRecord, readGeneration } from '../../domain/generation/generation.ts'
import { readEvent, type StoredEvent } from '../../domain/generation/event.ts'
import { phaseOf } from '../../domain/generation/transition.ts'
import { type OnRollback, raw, type Sql } from '../../adapters/sql.ts'

/** How many past generations of a kind are used to predict the next. */
const PAST_DURATIONS = 100
const PAST_DURATIONS_MAX_AGE_MS = 10_000

export interface StoredGeneration {
  readonly record: GenerationRecord
  readonly looks: LookHistory
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
  const lastSeqs = new Map<string, number>()
  onRollback(() => [inHand, lastSeqs].forEach((cache) => cache.clear()))
  const pastDurations = new Map<string, { readonly ms: readonly number[]; readonly atMs: number }>()

  /** Caches a generation that may still change; the least recently used goes first. */
  const keepInHand = (stored: StoredGeneration): StoredGeneration => {
    const { id } = stored.record
    inHand.delete(id)
    if (phaseOf(stored.record) === 'settled') {
      lastSeqs.delete(id)
      return stored
    }
    inHand.set(id, stored)
    const oldest = inHand.keys().next()
    if (inHand.size > MAX_IN_HAND && !oldest.done) {
      inHand.delete(oldest.value)
      lastSeqs.delete(oldest.value)
    }
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
      keepInHand({ record, looks })
    },
    remove: (id: string): void => {
      sql`DELETE FROM generations WHERE id = ${id}`
      sql`DELETE FROM events WHERE generation_id = ${id}`
      inHand.delete(id)
      lastSeqs.delete(id)
    },
    /** Puts off what is due, so that nothing else starts it before `untilMs`. */
    claim: (id: string, untilMs: number): void => {
      sql`UPDATE generations SET due_at_ms = ${untilMs} WHERE id = ${id}`
    },
    /** Ids with such work due, oldest first. */
    dueIds: (what: keyof typeof DUE, nowMs: number, limit: number): string[] =>
      sql.column`SELECT id FROM generations
        WHERE ${DUE[what]} AND due_at_ms <= ${nowMs} ORDER BY due_at_ms, id LIMIT ${limit}`,
    nextDueMs: (what: keyof typeof DUE): number | null =>
      sql.number`SELECT MIN(due_at_ms) FROM generations
        WHERE ${DUE[what]} AND due_at_ms IS NOT NULL`,
    /** Puts off sending an unsent generation until `untilMs`. */
    putOffSend: (id: string, untilMs: number): void => {
      sql`UPDATE generations SET due_at_ms = ${untilMs} WHERE id = ${id} AND due_what = 'send'`
    },
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
      if (inHand.has(generationId)) lastSeqs.set(generationId, event.seq)
    },
    events: (generationId: string, afterSeq: number, limit: number): StoredEvent[] =>
      sql.column<string>`SELECT doc FROM events WHERE generation_id = ${generationId}
        AND seq > ${afterSeq} ORDER BY seq LIMIT ${limit}`.map(readEvent),
    lastSeq: (generationId: string): number => {
      const known = lastSeqs.get(generationId)
      if (known !== undefined) return known
      const seq = sql.number`SELECT MAX(seq) FROM events WHERE generation_id = ${generationId}` ?? 0
      if (inHand.has(generationId)) lastSeqs.set(generationId, seq)
      return seq
    },
  }
}
