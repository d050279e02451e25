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
  /** Its status, while it is being made. */
  state?: string | undefined
  outcome?: Outcome
}

export type Outcome =
  | { readonly generation: Generation; readonly savedTo?: string; readonly error?: never }
  | { readonly generation: Generation | null; readonly savedTo?: never; readonly error: PikaError }

export const lineOf = (
  { paint }: Session,
  { prompt }: GenerationRequest,
  { generation, error }: Outcome,
): string => {
  const id = generation === null ? '' : `${generation.id} · `
  const quoted = `“${fit(printable(prompt), PROMPT_COLUMNS)}”`
  if (error !== undefined) {
    return `${paint.err('red', '✖')} ${id}${tell(error)?.lines[0] ?? ''} · ${quoted}`
  }
  const took = tookMs(generation)
  const done = took === undefined ? 'accepted' : `completed in ${duration(took)}`
  return `${paint.err('green', '✔')} ${id}${done} · ${costWords(generation)} · ${quoted}`
}

/** `3 of 12 done, 1 failed · 2 in_progress, 1 queued`. */
export const tally = (jobs: readonly Job[]): string => {
  const ended = jobs.flatMap(({ outcome }) => outcome ?? [])
  const failed = ended.filter(({ error }) => error !== undefined).length
  const open = [...countBy(jobs.flatMap(({ state }) => state ?? []))]
    .map(([state, times]) => `${times} ${state.replace('_', ' ')}`)
    .join(', ')
  const done = `${ended.length - failed} of ${jobs.length} done`
  return `${done}${failed === 0 ? '' : `, ${failed} failed`}${open === '' ? '' : ` · ${open}`}`
}

export const countBy = (names: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

export const documentOf = (id: string, jobs: readonly Job[]) => ({
  object: 'batch',
  id,
  data: jobs.map(({ request, outcome }, index) => ({
    line: index + 1,
    request,
    generation: outcome?.generation ?? null,
    saved_to: outcome?.savedTo,
    error: outcome?.error && { code: outcome.error.code, detail: outcome.error.message },
  })),
})
