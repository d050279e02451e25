/** The parts that every capability of an account is built from. */
import { createGate } from './gate.ts'
import { createCounts } from './generations/counts.ts'
import { createJournal } from './generations/journal.ts'
import { createLedger } from './generations/ledger.ts'
import { createStore } from './generations/store.ts'
import { createMeta } from './meta.ts'
import { createOutbox, type Deliver } from './outbox.ts'
import { createSql, type OnRollback } from '../adapters/sql.ts'

export type Core = ReturnType<typeof createCore>

export const createCore = (storage: DurableObjectStorage, deliver: Deliver, maxAtFal: number) => {
  const sql = createSql(storage.sql)
  const gate = createGate()
  const forgetting: (() => void)[] = []
  /** Calls `forget` whenever a transaction fails: its caches may hold what was rolled back. */
  const onRollback: OnRollback = (forget) => void forgetting.push(forget)
  const meta = createMeta(sql, onRollback)
  const outbox = createOutbox(sql, gate, deliver)
  onRollback(outbox.afterRollback)
  const store = createStore(sql, onRollback)
  const counts = createCounts(sql, maxAtFal)
  const ledger = createLedger(sql, onRollback)
  /** Runs `work` as one transaction: all its writes are stored, or none. */
  const transact = (work: () => void): void => {
    // Counts before `work`, or its changes would count twice.
    counts.now()
    try {
      storage.transactionSync(work)
    } catch (error) {
      for (const forget of forgetting) forget()
      throw error
    }
  }
  /** The only way to change generations. */
  const journal = createJournal(transact, store, ledger, outbox, meta)
  // Joins first, since the others may read the counts.
  journal.join(counts)
  return { storage, sql, gate, meta, outbox, store, counts, ledger, journal, transact, onRollback }
}
