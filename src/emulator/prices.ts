/** What fal charges for a job: by the second of video, and nothing for what has no output. */
import { endingOf } from './jobs.ts'
import type { Job } from './jobs.ts'

/** fal's own unit of price. At 1080p a second counts for more of them. */
export const PRICES = { unit_price: 0.04, unit: 'seconds', currency: 'USD' } as const
const UNITS_PER_SECOND: Record<string, number> = { '1080p': 2.25 }

export interface Bill {
  output_units: number
  unit_price: number
  percent_discount: number | null
  cost_subtotal: number
  cost_discount: number
  /** What is really charged. */
  cost_total: number
  cost_estimate_nano_usd: number
}

/** Null where nothing is charged, or nothing yet. */
export function billOf(job: Job, nowMs: number): Bill | null {
  const { endsAtMs, failure } = endingOf(job)
  const isBilled = job.markers.billed ?? failure === undefined
  if (nowMs < endsAtMs || !isBilled) return null
  const { duration, resolution } = job.input
  const units = Number(duration ?? 5) * (UNITS_PER_SECOND[String(resolution)] ?? 1)
  const usd = job.markers.billUsd ?? Math.round(units * PRICES.unit_price * 1e6) / 1e6
  return {
    output_units: units,
    unit_price: PRICES.unit_price,
    percent_discount: null,
    cost_subtotal: usd,
    cost_discount: 0,
    cost_total: usd,
    cost_estimate_nano_usd: Math.round(usd * 1e9),
  }
}
