/** Generations to work on later: when each is due, and how often it was tried. */
import { logError } from '../adapters/log.ts'
import type { Core } from './core.ts'
import type { Platform } from './platform.ts'
import { type Query, raw } from '../adapters/sql.ts'

type AgendaName = 'history_searches' | 'bill_checks' | 'archive_jobs'

const tableOf = (name: AgendaName): string => `
  CREATE TABLE IF NOT EXISTS ${name} (
    generation_id TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;`

export const AGENDAS = `${tableOf('history_searches')}${tableOf('bill_checks')}
  -- Also looks for generations that were lost before this migration.
  INSERT OR IGNORE INTO history_searches
    SELECT id, sent_at_ms, 0, sent_at_ms FROM generations
    WHERE status = 'submitting' AND sent_at_ms IS NOT NULL AND doc ->> '$.unconfirmed' = 1;`

export const ARCHIVE_JOBS = tableOf('archive_jobs')

export type Entry = {
  readonly id: string
  readonly sinceMs: number
  readonly tries: number
  readonly dueMs: number
}

/** A claim older than this is taken again: the process that made it has died. */
export const CLAIM_MS = 60_000

/**
 * @param round claims the due entries, works on them and reschedules them
 * @param platform says when fal may be asked; without one, at any time
 */
export const createAgenda = (
  { sql, onRollback, journal }: Core,
  name: AgendaName,
  round: (nowMs: number) => Promise<void>,
  platform?: Pick<Platform, 'readyMs'>,
  claimMs = CLAIM_MS,
) => {
  const table = raw(name)
  let isUnderWay = false
  /** Cached from the table; undefined until it is read. */
  let knownFirstMs: number | null | undefined
  // It may have been read inside the transaction that failed.
  onRollback(() => (knownFirstMs = undefined))

  const nextDueMs = (): number | null => {
    if (knownFirstMs === undefined) knownFirstMs = sql.number`SELECT MIN(due_at_ms) FROM ${table}`
    if (knownFirstMs === null) return null
    // During a round, the alarm is only for the case that the process dies.
    const freeMs = isUnderWay ? Date.now() + claimMs : 0
    return Math.max(knownFirstMs, platform?.readyMs() ?? 0, freeMs)
  }

  const runDue = async (nowMs: number): Promise<void> => {
    const dueMs = nextDueMs()
    if (dueMs === null || dueMs > nowMs) return
    isUnderWay = true
    try {
      await round(nowMs)
    } catch (error) {
      logError('round_failed', error)
    } finally {
      isUnderWay = false
      // The alarm that started the round may be long over. This commit sets the next one.
      journal.atomically(null, Date.now(), () => undefined)
    }
  }

  /** The first due entries; a limit of -1 returns all. */
  const due = (nowMs: number, limit: number): Entry[] =>
    sql<Entry>`SELECT generation_id AS id, since_ms AS sinceMs, tries, due_at_ms AS dueMs
      FROM ${table} WHERE due_at_ms <= ${nowMs} ORDER BY due_at_ms LIMIT ${limit}`

  const put = ({ id, sinceMs, tries, dueMs }: Entry): void =>
    change`INSERT OR REPLACE INTO ${table} VALUES (${id}, ${sinceMs}, ${tries}, ${dueMs})`

  /** Adds an entry that is not there yet, and so keeps the first due time without a read. */
  const add = (entry: Entry): void => {
    const firstMs = knownFirstMs
    put(entry)
    if (firstMs !== undefined) knownFirstMs = Math.min(firstMs ?? Infinity, entry.dueMs)
  }

  const change = (...query: Query): void => {
    sql(...query)
    knownFirstMs = undefined
  }

  return {
    isInMemory: true as const,
    nextDueMs,
    runDue,
    due,
    entries: () => due(Number.MAX_SAFE_INTEGER, -1),
    dueMsOf: (id: string): number | null =>
      sql.number`SELECT due_at_ms FROM ${table} WHERE generation_id = ${id}`,
    put,
    add,
    remove: (id: string): void => change`DELETE FROM ${table} WHERE generation_id = ${id}`,
    /** Makes entries that are due later than `atMs` due then. */
    hurry: (atMs: number): void =>
      change`UPDATE ${table} SET due_at_ms = ${atMs} WHERE due_at_ms > ${atMs}`,
    forget: (beforeMs: number): void => change`DELETE FROM ${table} WHERE since_ms < ${beforeMs}`,
  }
}
