/** What can be wrong outside the gateway, as `/healthz` reports it. */
import type { HealthReason } from '../contract/health.ts'
import { readDocument } from './document.ts'

export type Troubles = Partial<Readonly<Record<HealthReason, number>>>

export const readTroubles = (text: string): Troubles => readDocument<Troubles>(text)

/** Merges the troubles of many accounts: each counts since it was first seen. */
export const sumTroubles = (each: readonly Troubles[]): Troubles => {
  const sum: Partial<Record<HealthReason, number>> = {}
  for (const troubles of each) {
    for (const [reason, sinceMs] of Object.entries(troubles) as [HealthReason, number][]) {
      sum[reason] = Math.min(sinceMs, sum[reason] ?? Infinity)
    }
  }
  return sum
}
