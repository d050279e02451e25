/** From a prompt to its video in one call, which retries and pays once. */
import type { CompletedGeneration, Generation } from '../contract/generation.ts'
import type { GenerationRequest } from '../contract/input.ts'
import { createAsk, type KeyedOptions } from './ask.ts'
import type { Call } from './connection.ts'
import { PikaError } from './error.ts'
import { endedWithout, hasEnded, startLimit, waitForEnd, type WaitOptions } from './wait.ts'

/** Options of `PikaClient.generate`. */
export interface GenerateOptions extends WaitOptions, KeyedOptions {}

/** @see `PikaClient.generate` */
export const generateVideo = async (
  call: Call,
  input: GenerationRequest,
  options: GenerateOptions = {},
): Promise<CompletedGeneration> => {
  const { signal, timeoutMs, onUpdate, idempotencyKey = crypto.randomUUID() } = options
  const limit = startLimit(signal, timeoutMs)
  try {
    const sent = { signal: limit.signal, idempotencyKey }
    const created = await createAsk(call)<Generation>('POST', '/v1/generations', input, sent)
    const ended = hasEnded(created)
      ? created
      : await waitForEnd(call, created.id, { signal: limit.signal, onUpdate }, created)
    if (ended.status === 'completed') return ended
    throw endedWithout(ended)
  } catch (error) {
    throw error instanceof PikaError ? error.with({ idempotencyKey }) : error
  } finally {
    limit.end()
  }
}
