/** From a prompt to its video in one call, sent again as often as needed and paid once. */
import type { CompletedGeneration, Generation } from '../contract/generation.ts'
import type { GenerationRequest } from '../contract/input.ts'
import { networkError, readGeneration, readRefusal } from './answer.ts'
import type { Call } from './connection.ts'
import { PikaError } from './error.ts'
import { backOffMs, sleep } from './patience.ts'
import { hasEnded, startLimit, waitForEnd, type WaitOptions } from './wait.ts'

/** Options of `PikaClient.generate`. */
export interface GenerateOptions extends WaitOptions {
  /**
   * Stands for this one video: until 24 h after the generation has ended, the same key
   * never pays twice. Default: a fresh UUID.
   */
  readonly idempotencyKey?: string | undefined
}

const FIRST_WAIT_MS = 500
/** Some two minutes, unless the gateway asks for longer waits. */
const MAX_TRIES = 9

/** Submits and waits; see `PikaClient.generate`. */
export const generateVideo = async (
  call: Call,
  input: GenerationRequest,
  options: GenerateOptions = {},
): Promise<CompletedGeneration> => {
  const { signal, timeoutMs, onUpdate, idempotencyKey = crypto.randomUUID() } = options
  const limit = startLimit(signal, timeoutMs)
  try {
    const created = await submit(call, input, idempotencyKey, limit.signal)
    const ended = hasEnded(created)
      ? created
      : await waitForEnd(call, created.id, { signal: limit.signal, onUpdate }).catch(
          (error: unknown) => {
            throw error instanceof PikaError && error.generation === undefined
              ? error.with({ generation: created })
              : error
          },
        )
    if (ended.status === 'completed') return ended
    throw endedWithout(ended)
  } catch (error) {
    throw error instanceof PikaError ? error.with({ idempotencyKey }) : error
  } finally {
    limit.end()
  }
}

const endedWithout = (generation: Exclude<Generation, CompletedGeneration>): PikaError =>
  generation.error === null
    ? new PikaError('canceled', 'the generation was canceled', { generation })
    : new PikaError(generation.error.code, generation.error.message, { generation })

/**
 * Sends until the gateway answers for good, always under the same key. What the gateway
 * says of the generation itself is final, and so is a refusal that trying again cannot change.
 */
const submit = async (
  call: Call,
  input: GenerationRequest,
  idempotencyKey: string,
  signal: AbortSignal | undefined,
): Promise<Generation> => {
  const body = JSON.stringify(input)
  const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted()
    const { answer, refusal } = await send(call, { method: 'POST', body, headers, signal })
    if (answer !== undefined) return answer
    if (!refusal.canRetry || tries >= MAX_TRIES) throw refusal.error
    await sleep(refusal.retryAfterMs ?? backOffMs(tries, FIRST_WAIT_MS), signal)
  }
}

const send = async (call: Call, init: Parameters<Call>[1]) => {
  try {
    const response = await call('/v1/generations', init)
    if (!response.ok) return { refusal: await readRefusal(response, init.signal) }
    return { answer: await readGeneration(response, init.signal) }
  } catch (error) {
    init.signal?.throwIfAborted()
    return { refusal: { error: networkError(error), canRetry: true, retryAfterMs: undefined } }
  }
}
