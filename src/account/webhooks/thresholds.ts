/** Announces limits that are nearly or fully spent, once a day each. */
import { THRESHOLDS_PERCENT } from '../../contract/budget.ts'
import { type Limit, renderLimit, thresholdAt } from '../../domain/budget.ts'
import type { Day } from '../../domain/zone.ts'
import type { Core } from '../core.ts'
import type { Deliveries } from './deliveries.ts'

export type Thresholds = ReturnType<typeof createThresholds>

export const createThresholds = ({ meta }: Core, { announce }: Deliveries) => {
  type Told = { readonly day: Day; readonly limits: readonly string[] }
  const toldToday = meta.document<Told>('thresholds_told')

  return {
    /** Takes the current state of a limit. Called inside the transaction that spends. */
    note: (limit: Limit, day: Day, nowMs: number): void => {
      const { of } = limit
      const reached = thresholdAt(limit)
      if (reached === undefined) return
      const kept = toldToday.read()
      const limits = kept?.day === day ? kept.limits : []
      const nameOf = (percent: number): string => `${limit.name} ${of ?? ''} ${percent}`
      if (limits.includes(nameOf(reached))) return
      const told = THRESHOLDS_PERCENT.filter((percent) => percent <= reached).map(nameOf)
      toldToday.write({ day, limits: [...new Set([...limits, ...told])] })
      const about = { object: 'budget_threshold', threshold_percent: reached, of }
      announce('budget.threshold_reached', { ...about, ...renderLimit(limit) }, null, nowMs)
    },
  }
}
