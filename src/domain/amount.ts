/** Values that may be absent, such as amounts: micro-dollars internally, US dollars for callers. */
import { toUsd } from '../contract/units.ts'

export const orNull = <T, U>(
  value: T | null | undefined,
  read: (value: T) => U,
): U | null | undefined => (value === null ? null : value === undefined ? undefined : read(value))

export const usdOrNull = (microusd: number | null): number | null =>
  microusd === null ? null : toUsd(microusd)
