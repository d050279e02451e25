/** The parts that every capability of an account is built from. */
import { createGate } from './gate.ts'
import { createCounts } from './generations/counts.ts'
import { createJournal } from './generations/journal.ts'
import { createLedger } from './generations/ledger.ts'
import { createStore } from './generations/store.ts'
import { createMeta } from './meta.ts'
import { createOutbox, type Deliver } from './outbox.ts'
import { createSql } from '../adapters/sql.ts'

export type Core = ReturnType<typeof createCore>

export const createCore = (storage: DurableObjectStorage, deliver: Deliver, maxAtFal: number) => {
  const sql = createSql(storage.sql)
  const gate = createGate()
  const meta = createMeta(sql)
  const outbox = createOutbox(sql, gate, deliver)
  const store = createStore(sql)
  const counts = createCounts(sql, maxAtFal)
  const ledger = createLedger(sql)
  const forgetting: (() => void)[] = []
  /** Calls `forget` whenever a transaction fails, to drop what is cached in memory. */
  const onRollback = (forget: () => void): void => void forgetting.push(forget)
  /** Runs `work` as one transaction: all its writes are stored, or none. */
  const transact = (work: () => void): void => {
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
  /** The only way to change generations. */
  const journal = createJournal(parts)
  // Joins first, since the others may read the counts.
  journal.join(counts)
  return { ...parts, storage, sql, gate, counts, journal, onRollback }
}
