/** The two columns of a campaign's table: the gateway and `fal.subscribe`. */
import type { JobTruth } from '../../src/emulator/index.ts'
import type { Subscribed } from './beside.ts'
import { tagOf } from './caller.ts'
import type { Told } from './judge.ts'

interface End {
  readonly tag: string
  readonly end: Subscribed['end'] | 'not_known'
}

type Column = ReturnType<typeof columnOf>

export const columnOfGateway = (asked: number, told: readonly Told[], jobs: readonly JobTruth[]) =>
  columnOf('tag-', asked, told.map(endOf), jobs)

const endOf = ({ tag, hasVideo, status, code }: Told): End => {
  if (hasVideo) return { tag, end: 'video' }
  if (code === 'submission_unconfirmed') return { tag, end: 'not_known' }
  const isOver = ['completed', 'failed', 'canceled'].includes(status)
  return { tag, end: isOver ? 'reason' : 'no_reason' }
}

/** @param prefix what the tags of the counted jobs begin with */
export const columnOf = (
  prefix: string,
  asked: number,
  ends: readonly End[],
  allJobs: readonly JobTruth[],
) => {
  const jobs = allJobs.filter(({ input }) => tagOf(input['prompt']).startsWith(prefix))
  // A job that ended without a video does not count, whether it was billed or not.
  const paid = jobs.filter(({ billed, outcome }) => billed && outcome !== 'no_video')
  const times = Map.groupBy(paid, ({ input }) => tagOf(input['prompt']))
  const delivered = new Set(ends.filter(({ end }) => end === 'video').map(({ tag }) => tag))
  const count = (wanted: End['end']) => ends.filter(({ end }) => end === wanted).length
  return {
    asked,
    'got a video': count('video'),
    'told a clear reason': count('reason'),
    'told that the outcome is unknown': count('not_known'),
    'left without a verdict': count('no_reason'),
    'videos paid for': paid.length,
    'paid for more than once': [...times.values()].filter(({ length }) => length > 1).length,
    'paid for but never delivered': [...times.keys()].filter((tag) => !delivered.has(tag)).length,
  }
}

/** The table as text. */
export const tableOf = (gateway: Column, subscribe: Column | null): string => {
  const names = Object.keys(gateway) as (keyof Column)[]
  const row = (name: string, ...cells: (string | number)[]) =>
    `  ${name.padEnd(32)}${cells.map((cell) => String(cell).padStart(16)).join('')}`
  return [
    row('', 'pika-edge', ...(subscribe === null ? [] : ['fal.subscribe'])),
    ...names.map((name) =>
      row(name, gateway[name], ...(subscribe === null ? [] : [subscribe[name]])),
    ),
  ].join('\n')
}
