/** Writes to KV, R2 and the Directory: stored with what causes them, and retried until done. */
import { log, logError } from '../adapters/log.ts'
import type { Gate } from './gate.ts'
import { isDoneWithin } from './patience.ts'
import type { Sql } from '../adapters/sql.ts'
import { earliest } from './timed.ts'

/** A write outside the object's own database. */
export type OutboxWrite =
  | { readonly kind: 'kv_put'; readonly key: string; readonly value: string }
  | { readonly kind: 'kv_delete'; readonly key: string }
  /** Its key is `video:` or `video-late:`, and the video's name in the archive. */
  | { readonly kind: 'video_delete'; readonly key: string }
  /** Tells the Directory whether this account has work. */
  | { readonly kind: 'busy'; readonly key: string; readonly value: 'yes' | 'no' }
  /** Tells the Directory what is wrong for this account. */
  | { readonly kind: 'troubles'; readonly key: string; readonly value: string }

/** Carries out a write; rejects if it did not arrive. Carrying it out twice does no harm. */
export type Deliver = (write: OutboxWrite) => Promise<void>

/** A write that hangs must not delay the others. */
const DELIVERY_TIMEOUT_MS = 10_000
/** A write that timed out may still land this much later, over a newer one. */
const MAY_LAND_MS = 60_000
const MAX_PARALLEL = 3
/** KV takes one write a second for a key, so a retry waits at least that long. */
const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 300_000

type Row = Pick<OutboxWrite, 'kind' | 'key'> & {
  readonly value: string | null
  readonly seq: number
  readonly tries: number
  readonly againAtMs: number
}

type Destination = ReturnType<typeof destinationOf>

/** The part of a pending write that is kept in memory. */
interface Owed {
  readonly seq: number
  readonly destination: Destination
  dueAtMs: number
}

/** A destination whose writes have failed since the last one that succeeded. */
type Trouble = {
  readonly failures: number
  readonly failedSeq: number
  /** Nothing is written to it before then; afterwards it gets one write as a probe. */
  readonly notBeforeMs: number
}

export type Outbox = ReturnType<typeof createOutbox>

export const createOutbox = (sql: Sql, gate: Gate, deliver: Deliver) => {
  /** The destination of each key that is being written: two writes of one key would race. */
  const running = new Map<string, Destination>()
  let drained: PromiseWithResolvers<void> | undefined

  const readOwed = (): Map<string, Owed> => {
    const rows = sql<Pick<OutboxWrite, 'key' | 'kind'> & Pick<Owed, 'seq' | 'dueAtMs'>>`
      SELECT key, kind, seq, due_at_ms AS dueAtMs FROM owed_writes ORDER BY seq`
    return new Map(
      rows.map(({ key, kind, ...row }) => [key, { ...row, destination: destinationOf(kind) }]),
    )
  }

  // Takes over the writes in an older release's table, which it fills again after a rollback.
  if (sql`SELECT 1 FROM outbox LIMIT 1`.length > 0) {
    sql`INSERT OR REPLACE INTO owed_writes (key, seq, kind, value, tries, due_at_ms,
      again_at_ms) SELECT key, seq, kind, value, tries, due_at_ms, (SELECT again_at_ms
      FROM late_writes WHERE late_writes.key = outbox.key) FROM outbox ORDER BY seq`
    sql`DELETE FROM outbox`
  }
  /** By key, oldest first. Mirrors the table; nothing else writes to it. */
  let known: ReturnType<typeof readOwed> | undefined
  const owed = () => (known ??= readOwed())
  // Higher than any number before: a failing destination may still refer to one.
  let lastSeq = Math.max(Date.now(), [...owed().values()].at(-1)?.seq ?? 0)

  const troubled = sql<Trouble & { readonly name: string }>`SELECT name, failures,
    failed_seq AS failedSeq, not_before_ms AS notBeforeMs FROM destinations`
  /** Mirrors the table; nothing else writes to it. */
  const troubles = new Map(troubled.map(({ name, ...trouble }) => [name, trouble]))

  const begin = (nowMs: () => number): void => {
    while (running.size < MAX_PARALLEL) {
      const row = next(nowMs())
      if (row === undefined) return
      drained ??= Promise.withResolvers<void>()
      running.set(row.key, destinationOf(row.kind))
      void send(row, nowMs)
        .finally(() => running.delete(row.key))
        .then(() => begin(nowMs))
        // If even the outcome could not be stored, the next call or the alarm tries again.
        .catch((error: unknown) => logError('outbox_failed', error, { key: row.key }))
        .finally(() => {
          if (running.size > 0) return
          drained?.resolve()
          drained = undefined
        })
    }
  }

  /** The oldest due write that is not running and whose destination may get one. */
  const next = (nowMs: number): Row | undefined => {
    for (const [key, { destination, dueAtMs }] of owed()) {
      if (dueAtMs > nowMs || running.has(key) || !mayWrite(destination, nowMs)) continue
      return sql<Row>`SELECT key, kind, value, seq, tries, COALESCE(again_at_ms, 0) AS againAtMs
        FROM owed_writes WHERE key = ${key}`[0]
    }
    return undefined
  }

  const mayWrite = (destination: Destination, nowMs: number): boolean => {
    const trouble = troubles.get(destination)
    if (trouble === undefined) return true
    return nowMs >= trouble.notBeforeMs && ![...running.values()].includes(destination)
  }

  const send = async (row: Row, nowMs: () => number): Promise<void> => {
    const { key, kind, seq, tries, againAtMs } = row
    const write = () => isDoneWithin(deliver(toWrite(row)), DELIVERY_TIMEOUT_MS)
    const outcome = await gate.run('outbox', write).then(
      (isDone) => (isDone ? 'arrived' : 'timed_out'),
      () => 'failed' as const,
    )
    const hasArrived = outcome === 'arrived'
    if (outcome === 'timed_out') {
      sql`UPDATE owed_writes SET again_at_ms = ${nowMs() + MAY_LAND_MS} WHERE key = ${key}`
    }
    if (hasArrived) noteArrival(destinationOf(kind))
    else {
      noteFailure(destinationOf(kind), seq, nowMs())
      log('outbox_write_failed', { kind, key, tries: tries + 1, outcome })
    }
    const mine = owed().get(key)
    if (mine?.seq !== seq) return
    // A write that timed out may still land over this one.
    if (hasArrived && againAtMs <= nowMs()) {
      sql`DELETE FROM owed_writes WHERE key = ${key}`
      owed().delete(key)
      return
    }
    const dueAtMs = hasArrived ? againAtMs : nowMs() + pauseMs(tries)
    sql`UPDATE owed_writes SET tries = ${hasArrived ? tries : tries + 1}, due_at_ms = ${dueAtMs}
      WHERE key = ${key}`
    mine.dueAtMs = dueAtMs
  }

  const noteArrival = (name: Destination): void => {
    if (troubles.delete(name)) sql`DELETE FROM destinations WHERE name = ${name}`
  }

  /**
   * The first failure may be the fault of the write, so another is tried at once, and repeats of
   * that write do not count. From the second failure on, the destination gets a pause.
   */
  const noteFailure = (name: Destination, failedSeq: number, nowMs: number): void => {
    const before = troubles.get(name)
    if (before?.failedSeq === failedSeq) return
    const failures = (before?.failures ?? 0) + 1
    const notBeforeMs = failures === 1 ? nowMs : nowMs + pauseMs(failures - 2)
    troubles.set(name, { failures, failedSeq, notBeforeMs })
    sql`INSERT OR REPLACE INTO destinations (name, failures, failed_seq, not_before_ms)
      VALUES (${name}, ${failures}, ${failedSeq}, ${notBeforeMs})`
  }

  return {
    /**
     * Queues a write, which replaces an older one of the same key: only the last value counts.
     * Called inside the transaction that causes it.
     */
    add: (write: OutboxWrite, nowMs: number): void => {
      const { key, kind } = write
      const seq = ++lastSeq
      sql`INSERT INTO owed_writes (key, seq, kind, value, tries, due_at_ms)
        VALUES (${key}, ${seq}, ${kind}, ${'value' in write ? write.value : null}, 0, ${nowMs})
        ON CONFLICT (key) DO UPDATE SET seq = excluded.seq, kind = excluded.kind,
        value = excluded.value, tries = 0, due_at_ms = excluded.due_at_ms`
      owed().set(key, { seq, destination: destinationOf(kind), dueAtMs: nowMs })
    },
    nextDueMs: (): number | null =>
      earliest(
        [...owed().values()].map(({ destination, dueAtMs }) =>
          Math.max(dueAtMs, troubles.get(destination)?.notBeforeMs ?? 0),
        ),
      ),
    isEmpty: (): boolean => owed().size === 0,
    /** Sends the due writes, one at a time for each key. Never rejects. */
    drain: (nowMs: () => number): Promise<void> => {
      begin(nowMs)
      return drained?.promise ?? Promise.resolve()
    },
    /** Drops the writes of the failed transaction. Must not read: the next statement may fail too. */
    afterRollback: () => (known = undefined),
  }
}

const destinationOf = (kind: OutboxWrite['kind']) => {
  if (kind === 'video_delete') return 'archive'
  return kind === 'busy' || kind === 'troubles' ? 'directory' : 'kv'
}

const toWrite = ({ kind, key, value }: Row): OutboxWrite =>
  (value === null ? { kind, key } : { kind, key, value }) as OutboxWrite

/** The pause after a failure that follows this many others. */
const pauseMs = (failures: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
