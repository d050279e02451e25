/** What every capability of an account is made from. */
import { createGate, type Gate } from './gate.ts'
import { Counts } from './generations/counts.ts'
import { Journal, type Transact } from './generations/journal.ts'
import { Ledger } from './generations/ledger.ts'
import { Store } from './generations/store.ts'
import { Meta } from './meta.ts'
import { type Deliver, Outbox } from './outbox.ts'
import { createSql, type Sql } from './sql.ts'

export interface Core {
  readonly storage: DurableObjectStorage
  /** Runs work as one transaction: all that it writes is written, or nothing. */
  readonly transact: Transact
  /** Has what is kept in memory forgotten whenever a transaction fails. */
  readonly onRollback: (forget: () => void) => void
  readonly sql: Sql
  readonly meta: Meta
  readonly gate: Gate
  /** What KV and the Directory are owed. */
  readonly outbox: Outbox
  readonly store: Store
  readonly counts: Counts
  readonly ledger: Ledger
  /** The one way in which generations change. */
  readonly journal: Journal
}

/** @param maxAtFal generations that may be at fal at a time */
export const createCore = (
  storage: DurableObjectStorage,
  deliver: Deliver,
  maxAtFal: number,
): Core => {
  const sql = createSql(storage.sql)
  const gate = createGate()
  const meta = new Meta(sql)
  const outbox = new Outbox(sql, gate, deliver)
  const store = new Store(sql)
  const counts = new Counts(sql, maxAtFal)
  const ledger = new Ledger(sql)
  const forgetting: (() => void)[] = []
  const transact: Transact = (work) => {
    // Counted before anything changes, or what changes here would count twice.
    counts.now()
    try {
      storage.transactionSync(work)
    } catch (error) {
      // What these have in memory may be what is not written after all.
      for (const each of [meta, outbox, store, ledger]) each.afterRollback()
      for (const forget of forgetting) forget()
      throw error
    }
  }
  const parts = { transact, meta, outbox, store, ledger }
  const journal = new Journal(parts)
  // First of all: whoever hears of a change after it may count.
  journal.join(counts)
  const onRollback = (forget: () => void): void => void forgetting.push(forget)
  return { ...parts, storage, sql, gate, counts, journal, onRollback }
}
