/** Sums of what generations cost, by day, key, schedule, status and user. */
import type { CostState, Status } from '../contract/status.ts'
import { toUsd } from '../contract/units.ts'
import type { UsageView } from '../contract/usage.ts'
import type { Limit } from './budget.ts'
import type { Day } from './zone.ts'

export type UsageRow = {
  readonly day: string
  readonly keyId: string
  readonly scheduleId: string | null
  readonly status: Status
  readonly costState: CostState
  readonly generations: number
  readonly estimatedMicrousd: number
  readonly chargedMicrousd: number
}

export type UserRow = { readonly user: string } & Readonly<Tally>

/** Days in the account's time zone, both inclusive; by default this month so far. */
export interface UsageRequest {
  readonly from?: Day | undefined
  readonly to?: Day | undefined
  readonly byUser?: boolean | undefined
}

export interface Usage {
  readonly open: {
    readonly open: number
    readonly unsent: number
    readonly unconfirmed: number
    /** Since when fal has taken nothing; null while it does. */
    readonly falAwaySinceMs: number | null
  }
  readonly from: Day
  readonly to: Day
  readonly timeZone: string
  readonly rows: readonly UsageRow[]
  /** Null if they were not requested. */
  readonly users: readonly UserRow[] | null
  readonly limits: readonly Limit[]
}

type Sums = UsageView['total']
type Tally = Record<'generations' | CostState, number>

export const sumUsage = (rows: readonly UsageRow[]) => ({
  total: inUsd(tallyOf(rows)),
  by_day: sumBy(rows, 'day', (row) => row.day),
  by_key: sumBy(rows, 'key_id', (row) => row.keyId),
  by_schedule: sumBy(rows, 'schedule_id', (row) => row.scheduleId),
  by_status: sumBy(rows, 'status', (row) => row.status),
})

/** The sums of each user, and the remainder: what had no user. */
export const sumUsers = (
  rows: readonly UsageRow[],
  users: readonly UserRow[],
): NonNullable<UsageView['by_user']> => {
  const rest = tallyOf(rows)
  for (const row of users) {
    for (const name of Object.keys(rest) as (keyof Tally)[]) rest[name] -= row[name]
  }
  const none = Object.values(rest).some((amount) => amount !== 0)
  return [
    ...users.map(({ user, ...tally }) => ({ user, ...inUsd(tally) })),
    ...(none ? [{ user: null, ...inUsd(rest) }] : []),
  ]
}

const sumBy = <Name extends string, Key>(
  rows: readonly UsageRow[],
  name: Name,
  keyOf: (row: UsageRow) => Key,
): (Record<Name, Key> & Sums)[] =>
  [...Map.groupBy(rows, keyOf)].map(([key, group]) => ({
    ...({ [name]: key } as Record<Name, Key>),
    ...inUsd(tallyOf(group)),
  }))

const tallyOf = (rows: readonly UsageRow[]): Tally => {
  const tally: Tally = { generations: 0, charged: 0, reserved: 0, unknown: 0, released: 0 }
  for (const row of rows) {
    tally.generations += row.generations
    tally[row.costState] +=
      row.costState === 'charged' ? row.chargedMicrousd : row.estimatedMicrousd
  }
  return tally
}

const inUsd = (tally: Tally): Sums => ({
  generations: tally.generations,
  charged_usd: toUsd(tally.charged),
  reserved_usd: toUsd(tally.reserved),
  unknown_usd: toUsd(tally.unknown),
  released_usd: toUsd(tally.released),
})
