/** Results: one figure each, with its spread, its cost and its target. */

export interface Counts {
  readonly statements: number
  readonly rowsRead: number
  readonly rowsWritten: number
}

export interface Target {
  /** The value before any optimisation. */
  readonly was?: string
  readonly atLeast?: number
  readonly atMost?: number
}

export interface Result {
  /** What is measured. Results with the same figure are compared with each other. */
  readonly figure: string
  /** What it was measured for. */
  readonly who: string
  readonly unit: string
  readonly median: number
  readonly low: number
  readonly high: number
  /** The number of rounds behind the median. */
  readonly rounds: number
  /** Of the Worker's process, per request. */
  readonly cpuMs?: number
  readonly counts?: Counts
  readonly target?: Target
}

type About = Pick<Result, 'figure' | 'who' | 'unit'> &
  Partial<Pick<Result, 'counts' | 'target'>> & { readonly cpuMs?: readonly number[] }

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const [below, above] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return ((below ?? Number.NaN) + (above ?? Number.NaN)) / 2
}

/** The median of the rounds, with the lowest and the highest. */
export const summarise = ({ cpuMs, ...about }: About, values: readonly number[]): Result => ({
  ...about,
  median: median(values),
  low: Math.min(...values),
  high: Math.max(...values),
  rounds: values.length,
  ...(cpuMs === undefined || cpuMs.length === 0 ? {} : { cpuMs: median(cpuMs) }),
})

/** One divided by the other, round by round, so that what slowed both cancels out. */
export const ratio = (
  about: Omit<About, 'unit'>,
  values: readonly number[],
  others: readonly number[],
): Result =>
  summarise(
    { ...about, unit: '×' },
    values.map((value, round) => value / (others[round] ?? Number.NaN)),
  )

/** Whether a result meets its target; undefined without one. */
export const isMet = ({ median, target }: Result): boolean | undefined => {
  if (target?.atLeast !== undefined) return median >= target.atLeast
  if (target?.atMost !== undefined) return median <= target.atMost
  return undefined
}
