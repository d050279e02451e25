/** What every capability of an account is made from. */
import { createGate, type Gate } from './gate.ts'
import { Journal } from './generations/journal.ts'
import { Ledger } from './generations/ledger.ts'
import { Store } from './generations/store.ts'
import { Meta } from './meta.ts'
import { type Deliver, Outbox } from './outbox.ts'

export interface Core {
  readonly storage: DurableObjectStorage
  readonly sql: SqlStorage
  readonly meta: Meta
  /** The way out: every connection goes through it. */
  readonly gate: Gate
  /** What KV and the Directory are owed. */
  readonly outbox: Outbox
  readonly store: Store
  readonly ledger: Ledger
  /** The one way in which generations change. */
  readonly journal: Journal
}

export const createCore = (storage: DurableObjectStorage, deliver: Deliver): Core => {
  const { sql } = storage
  const gate = createGate()
  const parts = {
    storage,
    meta: new Meta(sql),
    outbox: new Outbox(sql, gate, deliver),
    store: new Store(sql),
    ledger: new Ledger(sql),
  }
  return { ...parts, sql, gate, journal: new Journal(parts) }
}
