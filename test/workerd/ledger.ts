/** What an account's database says of its money, read past every route. */
import { amountsOf } from '../../src/domain/budget.ts'
import type { GenerationRecord } from '../../src/domain/generation/generation.ts'

export interface LedgerRow {
  readonly scope: string
  readonly day: string
  readonly charged: number
  readonly reserved: number
  readonly unknown: number
}

export const readLedger = (storage: DurableObjectStorage): LedgerRow[] =>
  storage.sql
    .exec<LedgerRow & Record<string, SqlStorageValue>>(
      'SELECT scope, day, charged, reserved, unknown FROM ledger ORDER BY scope, day',
    )
    .toArray()
    .filter((row) => total(row) > 0)

export const readGenerations = (storage: DurableObjectStorage): GenerationRecord[] =>
  storage.sql
    .exec<{ doc: string }>('SELECT doc FROM generations ORDER BY id')
    .toArray()
    .map((row): GenerationRecord => JSON.parse(row.doc))

/** The ledger as it must be: the sums over the generations themselves. */
export const ledgerOf = (records: readonly GenerationRecord[]): LedgerRow[] => {
  const rows = new Map<string, LedgerRow>()
  for (const record of records) {
    const { keyId, scheduleId, day } = record
    const { charged, reserved, unknown } = amountsOf(record)
    const schedules = scheduleId === null ? [] : [`schedule:${scheduleId}`]
    for (const scope of ['account', `key:${keyId}`, ...schedules]) {
      const row = rows.get(`${scope} ${day}`)
      rows.set(`${scope} ${day}`, {
        scope,
        day,
        charged: (row?.charged ?? 0) + charged,
        reserved: (row?.reserved ?? 0) + reserved,
        unknown: (row?.unknown ?? 0) + unknown,
      })
    }
  }
  return [...rows.values()]
    .filter((row) => total(row) > 0)
    .toSorted((a, b) => (a.scope + a.day < b.scope + b.day ? -1 : 1))
}

export const total = ({ charged, reserved, unknown }: LedgerRow): number =>
  charged + reserved + unknown

/** What a scope has spent in the days that begin so: a day, or a month. */
export const spent = (rows: readonly LedgerRow[], scope: string, days: string): number =>
  rows
    .filter((row) => row.scope === scope && row.day.startsWith(days))
    .reduce((sum, row) => sum + total(row), 0)
