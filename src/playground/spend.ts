/** Sends what costs money so that it is paid for once, whatever happens to the page meanwhile. */
import type {
  CreatedGeneration,
  GenerationRequest,
  PikaClient,
  PikaError,
} from '../client/index.ts'
import { sleep } from '../client/patience.ts'
import { tryOnce } from '../client/retry.ts'
import { isOutcomeUnknown } from './errors.ts'
import { quietly } from './key.ts'

/** One request that spends, under its idempotency key. */
export interface Item {
  readonly key: string
  readonly body: GenerationRequest
  /** Retries that generation, in place of making a new one of the body. */
  readonly retryOf?: string
  readonly acceptDoubleCharge?: boolean
  /** Runs that schedule, in place of making a new one of the body. */
  readonly runOf?: string
}

/** What one press of a button asks for; in storage from before it is sent until all is answered. */
export type Submission = { readonly items: readonly Item[]; readonly askedAtMs: number }

const nameFor = (owner: string): string => `pika-edge.submission.${owner}`
/** A gateway knows an idempotency key for a day at least; after that it would be paid for anew. */
const MAX_AGE_MS = 23 * 3_600_000

/**
 * Undefined if nothing is open, or it is too old to be sent again: then the history tells.
 *
 * @param owner the account that pays: with another's key it would be another request
 */
export const readSubmission = (
  storage: () => Storage,
  owner: string,
  nowMs: number,
): Submission | undefined => {
  const kept = quietly(() => JSON.parse(storage().getItem(nameFor(owner)) ?? '') as Submission)
  return kept && nowMs - kept.askedAtMs < MAX_AGE_MS ? kept : undefined
}

/** Throws if nothing can be kept: then nothing may be sent, as a reload would not know of it. */
export const keepSubmission = (
  storage: () => Storage,
  owner: string,
  submission: Submission | undefined,
): void => {
  if (submission === undefined) storage().removeItem(nameFor(owner))
  else storage().setItem(nameFor(owner), JSON.stringify(submission))
}

export type Outcome =
  | { readonly type: 'made'; readonly generation: CreatedGeneration }
  /** The gateway said no. Nothing came of it but the failed generation that it may name. */
  | {
      readonly type: 'refused'
      readonly error: PikaError
      readonly id: string | undefined
      readonly retryAtMs: number | undefined
    }
  | { readonly type: 'unknown' }
export type Refused = Extract<Outcome, { type: 'refused' }>

/** A POST is answered within 10 s. */
const MAX_ANSWER_MS = 15_000
const PAUSES_MS = [0, 1000, 3000]

/** Sends one, again where its answer is lost, and always under the same key. */
export const send = async (pika: PikaClient, item: Item): Promise<Outcome> => {
  for (const pauseMs of PAUSES_MS) {
    await sleep(pauseMs, undefined)
    const { answer, refusal } = await post(pika, item)
    if (refusal === undefined) return { type: 'made', generation: answer }
    const { error, retryAfterMs } = refusal
    if (isOutcomeUnknown(error)) continue
    const retryAtMs = retryAfterMs === undefined ? undefined : Date.now() + retryAfterMs
    return { type: 'refused', error, id: error.problem?.generation_id, retryAtMs }
  }
  return { type: 'unknown' }
}

const post = (pika: PikaClient, { key, body, retryOf, acceptDoubleCharge, runOf }: Item) => {
  const options = {
    headers: { 'idempotency-key': key },
    init: { signal: AbortSignal.timeout(MAX_ANSWER_MS) },
  }
  const { generations, schedules } = pika.api.v1
  const calls = (): Promise<Response> => {
    if (runOf !== undefined) return schedules[':id'].run.$post({ param: { id: runOf } }, options)
    if (retryOf === undefined) return generations.$post({ json: body }, options)
    const json = acceptDoubleCharge === true ? { accept_double_charge: true } : {}
    return generations[':id'].retry.$post({ param: { id: retryOf }, json }, options)
  }
  return tryOnce(undefined, calls, async (answer) => (await answer.json()) as CreatedGeneration)
}
