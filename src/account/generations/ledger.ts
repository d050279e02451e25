/** The ledger: how much of every budget the generations of each day hold, in micro-dollars. */
import { type Amounts, amountsOf, NOTHING } from '../../domain/budget.ts'
import { type Day, monthOf } from '../../domain/zone.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { OnRollback, Sql } from '../../adapters/sql.ts'

export type LedgerScope = 'account' | `key:${string}` | `schedule:${string}`

/** Months to cache: the current one of each scope that spends. */
const MAX_MONTHS = 300

export type Ledger = ReturnType<typeof createLedger>

export const createLedger = (sql: Sql, onRollback: OnRollback) => {
  /** Spending by day, for each scope and month. Mirrors the table; nothing else writes to it. */
  const months = new Map<string, Map<Day, number>>()
  onRollback(() => months.clear())

  /**
   * Moves what a generation holds from its old state to its new one. Called inside the transaction
   * that changes it; `before` is null when it is admitted.
   */
  const move = (before: GenerationRecord | null, after: GenerationRecord): void => {
    const was = before === null ? NOTHING : amountsOf(before)
    const is = amountsOf(after)
    if (was.charged === is.charged && was.reserved === is.reserved && was.unknown === is.unknown) {
      return
    }
    const more = total(is) - total(was)
    for (const scope of scopesOf(after)) {
      const days = months.get(nameOf(scope, after.day))
      days?.set(after.day, (days.get(after.day) ?? 0) + more)
      sql`INSERT INTO ledger (scope, day, charged, reserved, unknown)
        VALUES (${scope}, ${after.day}, ${is.charged - was.charged},
        ${is.reserved - was.reserved}, ${is.unknown - was.unknown})
        ON CONFLICT (scope, day) DO UPDATE
        SET charged = charged + excluded.charged, reserved = reserved + excluded.reserved, unknown
        = unknown + excluded.unknown`
    }
  }

  const daysOf = (scope: LedgerScope, day: Day): Map<Day, number> => {
    const name = nameOf(scope, day)
    const known = months.get(name)
    if (known !== undefined) return known
    const month = monthOf(day)
    const rows = sql<{ day: Day; spent: number }>`SELECT day, charged + reserved + unknown
      AS spent FROM ledger WHERE scope = ${scope} AND day >= ${`${month}-01`}
      AND day <= ${`${month}-31`}`
    const days = new Map(rows.map((row) => [row.day, row.spent]))
    if (months.size >= MAX_MONTHS) months.clear()
    months.set(name, days)
    return days
  }

  return {
    move,
    /** Everything that was or may be charged for the generations of a day. */
    spentOnDay: (scope: LedgerScope, day: Day): number => daysOf(scope, day).get(day) ?? 0,
    spentInMonth: (scope: LedgerScope, day: Day): number =>
      [...daysOf(scope, day).values()].reduce((sum, spent) => sum + spent, 0),
  }
}

const nameOf = (scope: LedgerScope, day: Day): string => `${scope} ${monthOf(day)}`

const scopesOf = (record: GenerationRecord): LedgerScope[] => [
  'account',
  `key:${record.keyId}`,
  ...(record.scheduleId === null ? [] : [`schedule:${record.scheduleId}` as const]),
]

const total = ({ charged, reserved, unknown }: Amounts): number => charged + reserved + unknown
