/** Whether what was paid for was delivered or is known to be in doubt, and whether the sums are right. */
import type { Generation } from '../../src/contract/generation.ts'
import type { UsageView } from '../../src/contract/usage.ts'
import type { JobTruth } from '../../src/emulator/index.ts'
import { tagOf } from './caller.ts'
import type { Told } from './judge.ts'

/** A history that lists everything finds everything. Otherwise what is not delivered is in doubt. */
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

/** Where what an account says that it spent is not the sum of its generations, in words. */
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

/** What is not charged is counted with what it would have cost. */
const costOf = ({ state, charged_usd, estimated_usd }: Generation['cost']): number =>
  state === 'charged' ? (charged_usd ?? 0) : estimated_usd
