/** Sends requests that cost money. Each is paid for once, even if the page closes or reloads. */
import type {
  CreatedGeneration,
  GenerationRequest,
  PikaClient,
  PikaError,
} from '../client/index.ts'
import { sleep } from '../client/patience.ts'
import { tryOnce } from '../client/retry.ts'
import { quietly } from './key.ts'

/** One request that spends, under its idempotency key. */
export interface Item {
  readonly key: string
  readonly body: GenerationRequest
  /** Retries this generation instead of making a new one from the body. */
  readonly retryOf?: string
  readonly acceptDoubleCharge?: boolean
  /** Runs this schedule instead of making a generation from the body. */
  readonly runOf?: string
}

/** The requests of one button press, in storage from before they are sent until all are answered. */
export type Submission = { readonly items: readonly Item[]; readonly askedAtMs: number }

const nameFor = (owner: string): string => `pika-edge.submission.${owner}`
/** The gateway keeps an idempotency key for at least a day. After that, sending would pay again. */
const MAX_AGE_MS = 23 * 3_600_000

/**
 * Undefined if nothing is open, or if it is too old to send again: the history has its result.
 *
 * @param owner the account that pays: for another account it would be another request
 */
export const readSubmission = (owner: string): Submission | undefined => {
  const kept = quietly(() => JSON.parse(sessionStorage.getItem(nameFor(owner)) ?? '') as Submission)
  return kept && Date.now() - kept.askedAtMs < MAX_AGE_MS ? kept : undefined
}

/** Throws if storage fails. Then nothing may be sent: a reload would not know of it. */
export const keepSubmission = (owner: string, submission: Submission | undefined): void => {
  if (submission === undefined) sessionStorage.removeItem(nameFor(owner))
  else sessionStorage.setItem(nameFor(owner), JSON.stringify(submission))
}

export type Outcome =
  | { readonly type: 'made'; readonly generation: CreatedGeneration }
  /** The gateway refused. Nothing was made, except the failed generation that it may name. */
  | { readonly type: 'refused'; readonly error: PikaError; readonly retryAtMs: number | undefined }
  | { readonly type: 'unknown' }
export type Refused = Extract<Outcome, { type: 'refused' }>

/** The gateway answers a POST within 10 s. */
const MAX_ANSWER_MS = 15_000
const PAUSES_MS = [0, 1000, 3000]

/** Sends an item, and again if its answer is lost, always under the same key. */
export const send = async (pika: PikaClient, item: Item): Promise<Outcome> => {
  for (const pauseMs of PAUSES_MS) {
    await sleep(pauseMs, undefined)
    const { answer, refusal } = await post(pika, item)
    if (refusal === undefined) return { type: 'made', generation: answer }
    const { error, retryAfterMs } = refusal
    if (isOutcomeUnknown(error)) continue
    const retryAtMs = retryAfterMs === undefined ? undefined : Date.now() + retryAfterMs
    return { type: 'refused', error, retryAtMs }
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

/** Whether a request that spends may have been carried out, although no answer confirms it. */
export const isOutcomeUnknown = ({ code }: PikaError): boolean =>
  ['network', 'timeout', 'unavailable', 'internal_error'].includes(code)
