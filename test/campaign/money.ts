/** Checks that what was paid for was delivered or is marked as in doubt, and that sums match. */
import type { Generation } from '../../src/contract/generation.ts'
import type { UsageView } from '../../src/contract/usage.ts'
import type { JobTruth } from '../../src/emulator/index.ts'
import { tagOf } from './caller.ts'
import type { Told } from './judge.ts'

/** A full history finds everything. With a partial one, undelivered videos must be in doubt. */
export const judgeDelivery = (
  jobs: readonly JobTruth[],
  told: readonly Told[],
  history: 'all' | 'some',
): string[] =>
  jobs
    .filter(({ billed, outcome }) => billed && outcome !== 'no_video')
    .flatMap(({ input }) => {
      const mine = told.find(({ tag }) => tag === tagOf(input['prompt']))
      if (mine === undefined || mine.hasVideo) return []
      const isInDoubt = mine.cost === 'unknown' || mine.cost === 'reserved'
      return history === 'some' && isInDoubt
        ? []
        : [`${mine.tag}: was paid for, and ended ${mine.status} (${mine.code}, ${mine.cost})`]
    })

type Total = UsageView['total']

/** Describes where an account's totals differ from the sum of its generations. */
export const judgeLedger = (generations: readonly Generation[], total: Total): string[] => {
  const sums: Total = {
    generations: generations.length,
    charged_usd: sumOf(generations, 'charged'),
    reserved_usd: sumOf(generations, 'reserved'),
    unknown_usd: sumOf(generations, 'unknown'),
    released_usd: sumOf(generations, 'released'),
  }
  return (Object.keys(sums) as (keyof Total)[])
    .filter((name) => Math.round(1e6 * (sums[name] - total[name])) !== 0)
    .map((name) => `ledger: ${name} is ${total[name]}, the generations come to ${sums[name]}`)
}

const sumOf = (generations: readonly Generation[], state: Generation['cost']['state']): number =>
  generations
    .filter(({ cost }) => cost.state === state)
    .reduce((sum, { cost }) => sum + costOf(cost), 0)

/** A generation that was not charged counts with its estimate. */
const costOf = ({ state, charged_usd, estimated_usd }: Generation['cost']): number =>
  state === 'charged' ? (charged_usd ?? 0) : estimated_usd
