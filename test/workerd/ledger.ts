/** What an account's database says about its money, read without any route. */
import { expect } from 'vitest'
import { usageOf as readUsageOf } from '../../src/account/generations/usage.ts'
import { createSql } from '../../src/adapters/sql.ts'
import { amountsOf } from '../../src/domain/budget.ts'
import type { GenerationRecord } from '../../src/domain/generation/generation.ts'
import type { UsageRow } from '../../src/domain/usage.ts'

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

const readDocs = ({ sql }: DurableObjectStorage, table: string): GenerationRecord[] =>
  sql
    .exec<{ doc: string }>(`SELECT doc FROM ${table} ORDER BY id`)
    .toArray()
    .map(({ doc }) => JSON.parse(doc))

export const readGenerations = (storage: DurableObjectStorage) => readDocs(storage, 'generations')

/** The same, and what is left of deleted generations, whose money still counts. */
export const readSpent = (storage: DurableObjectStorage): GenerationRecord[] => [
  ...readGenerations(storage),
  ...readDocs(storage, 'tombstones').map((left) => ({ ...left, others: left.others ?? [] })),
]

/** The expected ledger: the sums over the generations. */
export const ledgerOf = (records: readonly GenerationRecord[]): LedgerRow[] => {
  const rows = records.flatMap((record) => {
    const { keyId, scheduleId, day } = record
    const schedules = scheduleId === null ? [] : [`schedule:${scheduleId}`]
    const scopes = ['account', `key:${keyId}`, ...schedules]
    return scopes.map((scope): LedgerRow => ({ scope, day, ...amountsOf(record) }))
  })
  const add = (all: LedgerRow, row: LedgerRow): LedgerRow => ({
    ...row,
    charged: all.charged + row.charged,
    reserved: all.reserved + row.reserved,
    unknown: all.unknown + row.unknown,
  })
  const groups = Map.groupBy(rows, ({ scope, day }) => scope + day)
  return [...groups.values()]
    .map((group) => group.reduce(add))
    .filter((row) => total(row) > 0)
    .toSorted((a, b) => (a.scope + a.day < b.scope + b.day ? -1 : 1))
}

/** Expects the ledger to equal the sums over the generations. */
export const expectBalance = (storage: DurableObjectStorage): void =>
  expect(readLedger(storage)).toEqual(ledgerOf(readGenerations(storage)))

export const total = ({ charged, reserved, unknown }: LedgerRow): number =>
  charged + reserved + unknown

/** What a scope has spent in `days`, the start of a date: a day or a month. */
export const spent = (rows: readonly LedgerRow[], scope: string, days: string): number =>
  rows
    .filter((row) => row.scope === scope && row.day.startsWith(days))
    .reduce((sum, row) => sum + total(row), 0)

/** The rows that usage is computed from, over all days. */
export const readUsage = ({ sql }: DurableObjectStorage): UsageRow[] =>
  sorted(readUsageOf(createSql(sql), '0000-01-01', '9999-12-31'))

/** The expected rows: the sums over the generations and their other jobs. */
export const usageOf = (records: readonly GenerationRecord[]): UsageRow[] => {
  const rows = records.flatMap(({ day, keyId, scheduleId, status, cost, others }) =>
    [cost, ...others.map((job) => job.cost)].map((each) => ({
      day,
      keyId,
      scheduleId,
      status,
      costState: each.state,
      generations: each === cost ? 1 : 0,
      estimatedMicrousd: each.estimatedMicrousd,
      chargedMicrousd: each.chargedMicrousd ?? 0,
    })),
  )
  const add = (all: UsageRow, row: UsageRow): UsageRow => ({
    ...row,
    generations: all.generations + row.generations,
    estimatedMicrousd: all.estimatedMicrousd + row.estimatedMicrousd,
    chargedMicrousd: all.chargedMicrousd + row.chargedMicrousd,
  })
  const groups = Map.groupBy(rows, kindOf)
  return sorted([...groups.values()].map((group) => group.reduce(add)))
}

const kindOf = ({ day, keyId, scheduleId, status, costState }: UsageRow): string =>
  [day, keyId, scheduleId, status, costState].join()

/** Leaves out rows whose content has moved to other rows, so that they add nothing. */
const sorted = (rows: readonly UsageRow[]): UsageRow[] =>
  rows
    .filter((row) => row.generations + row.estimatedMicrousd + row.chargedMicrousd !== 0)
    .toSorted((a, b) => (kindOf(a) < kindOf(b) ? -1 : 1))
