/** What can be wrong beyond the gateway, as `/healthz` tells it. */
import type { HealthReason } from '../contract/health.ts'
import { readDocument } from './document.ts'

export type Troubles = Partial<Readonly<Record<HealthReason, number>>>

export const readTroubles = (text: string): Troubles => readDocument<Troubles>(text)

/** The troubles of many accounts as those of the gateway: each since it was first seen. */
export const sumTroubles = (each: readonly Troubles[]): Troubles => {
  const sum: Partial<Record<HealthReason, number>> = {}
  for (const troubles of each) {
    for (const [reason, sinceMs] of Object.entries(troubles) as [HealthReason, number][]) {
      sum[reason] = Math.min(sinceMs, sum[reason] ?? Infinity)
    }
  }
  return sum
}
