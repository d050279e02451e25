/** Amounts, as callers see them. */
import { toUsd } from '../contract/price.ts'

export const usdOrNull = (microusd: number | null): number | null =>
  microusd === null ? null : toUsd(microusd)
