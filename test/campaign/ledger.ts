/** Whether what an account says that it spent is the sum of its generations. */
import type { Generation } from '../../src/contract/generation.ts'
import type { UsageView } from '../../src/contract/usage.ts'

type Total = UsageView['total']

/** What is wrong with the sums, in words; empty where nothing is. */
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
