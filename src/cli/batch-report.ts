/** A batch's output: a line for each job, the tally, and the JSON document. */
import type { Generation, GenerationRequest, PikaError } from '../client/index.ts'
import { costWords, duration } from '../contract/words.ts'
import type { Session } from './session.ts'
import { printable } from './shell.ts'
import { fit } from './table.ts'
import { tell } from './tell.ts'
import { tookMs } from './words.ts'

const PROMPT_COLUMNS = 40

export interface Job {
  readonly request: GenerationRequest
  /** The idempotency key without its attempt number. */
  readonly key: string
}

export interface Outcome {
  readonly generation: Generation | null
  readonly savedTo?: string
  readonly error?: PikaError
}

export const lineOf = (
  { paint }: Session,
  { request }: Job,
  { generation, error }: Outcome,
): string => {
  const prompt = `“${fit(printable(request.prompt), PROMPT_COLUMNS)}”`
  const id = generation === null ? '' : `${generation.id} · `
  if (error !== undefined) {
    return `${paint.err('red', '✖')} ${id}${tell(error)?.lines[0] ?? ''} · ${prompt}`
  }
  if (generation === null) return prompt
  const took = tookMs(generation)
  const done = took === undefined ? 'accepted' : `completed in ${duration(took)}`
  return `${paint.err('green', '✔')} ${id}${done} · ${costWords(generation)} · ${prompt}`
}

/** `3 of 12 done, 1 failed · 2 in_progress, 1 queued`. */
export const tally = (
  outcomes: readonly Outcome[],
  states: ReadonlyMap<number, string>,
  all: number,
): string => {
  const ended = outcomes.filter((each) => each !== undefined)
  const failed = ended.filter(({ error }) => error !== undefined).length
  const open = [...countBy([...states.values()], (state) => state)]
    .map(([state, times]) => `${times} ${state.replace('_', ' ')}`)
    .join(', ')
  const done = `${ended.length - failed} of ${all} done${failed === 0 ? '' : `, ${failed} failed`}`
  return open === '' ? done : `${done} · ${open}`
}

export const countBy = <T>(all: readonly T[], nameOf: (each: T) => string): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const name of all.map(nameOf)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

export const documentOf = (id: string, jobs: readonly Job[], outcomes: readonly Outcome[]) => ({
  object: 'batch',
  id,
  data: jobs.map(({ request }, index) => {
    const { generation, savedTo, error } = outcomes[index] ?? { generation: null }
    return {
      line: index + 1,
      request,
      generation,
      ...(savedTo === undefined ? {} : { saved_to: savedTo }),
      ...(error === undefined ? {} : { error: { code: error.code, detail: error.message } }),
    }
  }),
})
