/** Amounts that may be absent: micro-dollars internally, US dollars for callers. */
import { toMicrousd, toUsd } from '../contract/price.ts'

export const usdOrNull = (microusd: number | null): number | null =>
  microusd === null ? null : toUsd(microusd)

export const microusdOrNull = (usd: number | null | undefined): number | null =>
  usd === null || usd === undefined ? null : toMicrousd(usd)
