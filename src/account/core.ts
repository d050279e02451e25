/** The parts that every capability of an account is built from. */
import { createGate, type Gate } from './gate.ts'
import { type Counts, createCounts } from './generations/counts.ts'
import { createJournal, type Journal, type Transact } from './generations/journal.ts'
import { createLedger, type Ledger } from './generations/ledger.ts'
import { Store } from './generations/store.ts'
import { createMeta, type Meta } from './meta.ts'
import { createOutbox, type Deliver, type Outbox } from './outbox.ts'
import { createSql, type Sql } from './sql.ts'

export interface Core {
  readonly storage: DurableObjectStorage
  /** Runs `work` as one transaction: all its writes are stored, or none. */
  readonly transact: Transact
  /** Calls `forget` whenever a transaction fails, to drop what is cached in memory. */
  readonly onRollback: (forget: () => void) => void
  readonly sql: Sql
  readonly meta: Meta
  readonly gate: Gate
  readonly outbox: Outbox
  readonly store: Store
  readonly counts: Counts
  readonly ledger: Ledger
  /** The only way to change generations. */
  readonly journal: Journal
}

export const createCore = (
  storage: DurableObjectStorage,
  deliver: Deliver,
  maxAtFal: number,
): Core => {
  const sql = createSql(storage.sql)
  const gate = createGate()
  const meta = createMeta(sql)
  const outbox = createOutbox(sql, gate, deliver)
  const store = new Store(sql)
  const counts = createCounts(sql, maxAtFal)
  const ledger = createLedger(sql)
  const forgetting: (() => void)[] = []
  const transact: Transact = (work) => {
    // Counts before `work`, or its changes would count twice.
    counts.now()
    try {
      storage.transactionSync(work)
    } catch (error) {
      // Their caches may hold writes that were rolled back.
      for (const each of [meta, outbox, store, ledger]) each.afterRollback()
      for (const forget of forgetting) forget()
      throw error
    }
  }
  const parts = { transact, meta, outbox, store, ledger }
  const journal = createJournal(parts)
  // Joins first, since the others may read the counts.
  journal.join(counts)
  const onRollback = (forget: () => void): void => void forgetting.push(forget)
  return { ...parts, storage, sql, gate, counts, journal, onRollback }
}
