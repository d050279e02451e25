/** The ledger: what each day's generations hold of every budget, in micro-dollars. */
import { type Amounts, amountsOf, NOTHING } from '../../domain/budget.ts'
import { type Day, monthOf } from '../../domain/zone.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'

/** Whose spending: the account's, a key's or a schedule's. */
export type LedgerScope = 'account' | `key:${string}` | `schedule:${string}`

export class Ledger {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /**
   * Moves what a generation holds from where it stood to where it stands. Called
   * inside the transaction that changes it; `before` is null when it is admitted.
   */
  move(before: GenerationRecord | null, after: GenerationRecord): void {
    const was = before === null ? NOTHING : amountsOf(before)
    const is = amountsOf(after)
    if (was.charged === is.charged && was.reserved === is.reserved && was.unknown === is.unknown) {
      return
    }
    for (const scope of scopesOf(after)) {
      this.#sql.exec(
        `INSERT INTO ledger (scope, day, charged, reserved, unknown) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (scope, day) DO UPDATE SET charged = charged + excluded.charged,
           reserved = reserved + excluded.reserved, unknown = unknown + excluded.unknown`,
        scope,
        after.day,
        is.charged - was.charged,
        is.reserved - was.reserved,
        is.unknown - was.unknown,
      )
    }
  }

  /** Everything that was or may be paid for the generations of a day. */
  spentOnDay(scope: LedgerScope, day: Day): number {
    return total(this.#sum('scope = ? AND day = ?', scope, day))
  }

  /** The same for the month that a day is in. */
  spentInMonth(scope: LedgerScope, day: Day): number {
    const month = monthOf(day)
    return total(
      this.#sum('scope = ? AND day >= ? AND day <= ?', scope, `${month}-01`, `${month}-31`),
    )
  }

  #sum(where: string, ...values: string[]): Amounts {
    return this.#sql
      .exec<{ charged: number; reserved: number; unknown: number }>(
        `SELECT COALESCE(SUM(charged), 0) AS charged, COALESCE(SUM(reserved), 0) AS reserved,
           COALESCE(SUM(unknown), 0) AS unknown FROM ledger WHERE ${where}`,
        ...values,
      )
      .one()
  }
}

const scopesOf = (record: GenerationRecord): LedgerScope[] => [
  'account',
  `key:${record.keyId}`,
  ...(record.scheduleId === null ? [] : [`schedule:${record.scheduleId}` as const]),
]

const total = ({ charged, reserved, unknown }: Amounts): number => charged + reserved + unknown
