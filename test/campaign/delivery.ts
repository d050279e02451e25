/** Whether what was paid for was delivered, or is at least known to be in doubt. */
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
