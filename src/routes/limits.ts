/** Limits on spending, as callers see them. */
import type { LimitView } from '../contract/account.ts'
import { toUsd } from '../contract/price.ts'
import { toIso } from '../contract/time.ts'
import { leftMicrousd, type Limit } from '../domain/budget.ts'

export const renderLimit = (limit: Limit): LimitView => ({
  limit: limit.name,
  limit_usd: toUsd(limit.limitMicrousd),
  spent_usd: toUsd(limit.spentMicrousd),
  left_usd: toUsd(leftMicrousd(limit)),
  resets_at: toIso(limit.resetsAtMs),
})

export const usdOrNull = (microusd: number | null): number | null =>
  microusd === null ? null : toUsd(microusd)
