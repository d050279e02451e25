/** Sends what costs money so that it is paid for once, whatever happens to the page meanwhile. */
import type { CreatedGeneration, GenerationRequest, PikaClient } from '../client/index.ts'
import { tryOnce } from '../client/retry.ts'
import { PikaError } from '../client/index.ts'
import { isOutcomeUnknown } from './errors.ts'

/** One request that spends, under its idempotency key. */
export interface Item {
  readonly key: string
  readonly body: GenerationRequest
  /** Retries that generation, in place of making a new one of the body. */
  readonly retryOf?: string
  readonly acceptDoubleCharge?: boolean
  /** Known once the gateway has answered. */
  readonly id?: string
}

/** What one press of a button asks for; in storage from before it is sent until all is answered. */
export interface Submission {
  readonly items: readonly Item[]
  readonly askedAtMs: number
}

/** Of one account: with another's key it would be another request. */
const nameFor = (account: string): string => `pika-edge.submission.${account}`
/** A gateway knows an idempotency key for a day at least; after that it would be paid for anew. */
const MAX_AGE_MS = 23 * 3_600_000

/** Undefined where nothing is open, or it is too old to be sent again: then the history tells. */
export const readSubmission = (
  storage: () => Storage,
  account: string,
  nowMs: number,
): Submission | undefined => {
  try {
    const kept = storage().getItem(nameFor(account))
    const submission = kept === null ? undefined : (JSON.parse(kept) as Submission)
    return submission && nowMs - submission.askedAtMs < MAX_AGE_MS ? submission : undefined
  } catch {
    return undefined
  }
}

/** Throws where storage is full or switched off: then nothing may be sent, as a reload would not know. */
export const keepSubmission = (
  storage: () => Storage,
  account: string,
  submission: Submission | undefined,
): void => {
  if (submission === undefined) storage().removeItem(nameFor(account))
  else storage().setItem(nameFor(account), JSON.stringify(submission))
}

export type Refused = Extract<Outcome, { type: 'refused' }>

export type Outcome =
  | { readonly type: 'made'; readonly generation: CreatedGeneration }
  /** The gateway said no, and nothing else came of it than the failed generation it may name. */
  | {
      readonly type: 'refused'
      readonly error: PikaError
      readonly id: string | undefined
      readonly retryAtMs: number | undefined
    }
  | { readonly type: 'unknown'; readonly error: PikaError }

/** A POST is answered within 10 s. */
const MAX_ANSWER_MS = 15_000
const PAUSES_MS = [0, 1000, 3000]

/** Sends one, again where its answer is lost, and always under the same key. */
export const send = async (pika: PikaClient, item: Item): Promise<Outcome> => {
  let lost = new PikaError('network', 'nothing was sent')
  for (const pauseMs of PAUSES_MS) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    const { answer, refusal } = await post(pika, item)
    if (refusal === undefined) return { type: 'made', generation: answer }
    const { error, retryAfterMs } = refusal
    if (!isOutcomeUnknown(error)) {
      const retryAtMs = retryAfterMs === undefined ? undefined : Date.now() + retryAfterMs
      return { type: 'refused', error, id: error.problem?.generation_id, retryAtMs }
    }
    lost = error
  }
  return { type: 'unknown', error: lost }
}

const post = (pika: PikaClient, { key, body, retryOf, acceptDoubleCharge }: Item) => {
  const options = {
    headers: { 'idempotency-key': key },
    init: { signal: AbortSignal.timeout(MAX_ANSWER_MS) },
  }
  const { generations } = pika.api.v1
  const again = acceptDoubleCharge === undefined ? {} : { accept_double_charge: acceptDoubleCharge }
  return tryOnce(
    undefined,
    () =>
      retryOf === undefined
        ? generations.$post({ json: body }, options)
        : generations[':id'].retry.$post({ param: { id: retryOf }, json: again }, options),
    async (response) => (await response.json()) as CreatedGeneration,
  )
}
