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
}

const NAME = 'pika-edge.submission'

export const readSubmission = (storage: Storage): Submission | undefined => {
  try {
    const kept = storage.getItem(NAME)
    return kept === null ? undefined : (JSON.parse(kept) as Submission)
  } catch {
    return undefined
  }
}

/** Where storage fails, the request is not sent: a reload would not know of it. */
export const keepSubmission = (storage: Storage, submission: Submission | undefined): void => {
  if (submission === undefined) storage.removeItem(NAME)
  else storage.setItem(NAME, JSON.stringify(submission))
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
