/** The messages between the bench and the objects that it inspects. */

/** The totals of one statement, over all its runs. */
export interface Metered {
  readonly query: string
  readonly statements: number
  readonly rowsRead: number
  readonly rowsWritten: number
}

export interface Copies {
  readonly table: 'generations' | 'schedules'
  /** The id of the row to copy. */
  readonly like: string
  readonly count: number
  /** When the first and the last copy were made; the others lie evenly in between. */
  readonly fromMs: number
  readonly toMs: number
  /** When the copy of a due row is due. */
  readonly dueAtMs: number
  /** Every tenth generation belongs to it. */
  readonly scheduleId?: string
}
