/** Announces limits that are nearly or fully spent, once a day each. */
import { THRESHOLDS_PERCENT } from '../../contract/budget.ts'
import { type Limit, renderLimit, thresholdAt } from '../../domain/budget.ts'
import { readDocument } from '../../domain/document.ts'
import type { Day } from '../../domain/zone.ts'
import type { Core } from '../core.ts'
import type { Deliveries } from './deliveries.ts'

/** The key in `meta` of what was announced today. */
const TOLD = 'thresholds_told'

interface Told {
  readonly day: Day
  readonly limits: readonly string[]
}

export interface ThresholdsParts extends Pick<Core, 'meta'> {
  readonly deliveries: Pick<Deliveries, 'announce'>
}

export type Thresholds = ReturnType<typeof createThresholds>

export const createThresholds = ({ meta, deliveries }: ThresholdsParts) => ({
  /**
   * Takes the current state of a limit. Called inside the transaction that spends.
   *
   * @param of the key or schedule that it limits; null for the account
   */
  note: (limit: Limit, of: string | null, day: Day, nowMs: number): void => {
    const reached = thresholdAt(limit)
    if (reached === undefined) return
    const kept = readDocument<Told>(meta.read(TOLD) ?? '{}', { limits: [] })
    const limits = kept.day === day ? kept.limits : []
    const nameOf = (percent: number): string => `${limit.name} ${of ?? ''} ${percent}`
    if (limits.includes(nameOf(reached))) return
    const told = THRESHOLDS_PERCENT.filter((percent) => percent <= reached).map(nameOf)
    meta.write(TOLD, JSON.stringify({ day, limits: [...new Set([...limits, ...told])] }))
    const about = { object: 'budget_threshold', threshold_percent: reached, of }
    deliveries.announce(
      'budget.threshold_reached',
      { ...about, ...renderLimit(limit) },
      null,
      nowMs,
    )
  },
})
