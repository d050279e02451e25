/** What goes between the bench and the objects that it looks into. */

/** What one statement came to, over all the times it ran. */
export interface Metered {
  readonly query: string
  readonly statements: number
  readonly rowsRead: number
  readonly rowsWritten: number
}

export interface Copies {
  readonly table: 'generations' | 'schedules'
  /** The id of what is copied. */
  readonly like: string
  readonly count: number
  /** When the first and the last of them were made; the others lie evenly in between. */
  readonly fromMs: number
  readonly toMs: number
  /** When a copy of what is due falls due. */
  readonly dueAtMs: number
  /** Every tenth generation belongs to it. */
  readonly scheduleId?: string
}
