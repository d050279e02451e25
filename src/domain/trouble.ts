/** What can be wrong outside the gateway, as `/healthz` reports it. */
import type { HealthReason } from '../contract/health.ts'
import { readDocument } from './document.ts'

export type Troubles = Partial<Readonly<Record<HealthReason, number>>>

/** Merges the stored troubles of many accounts: each counts since it was first seen. */
export const sumTroubles = (texts: readonly string[]): Troubles => {
  const sum: Partial<Record<HealthReason, number>> = {}
  for (const text of texts) {
    const troubles = readDocument<Troubles>(text)
    for (const [reason, sinceMs] of Object.entries(troubles) as [HealthReason, number][]) {
      sum[reason] = Math.min(sinceMs, sum[reason] ?? Infinity)
    }
  }
  return sum
}
