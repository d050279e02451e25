/** Waits for a generation to end: one that exists, or one made from a prompt. */
import type { GenerationEvent } from '../contract/events.ts'
import type { CompletedGeneration, FinalGeneration, Generation } from '../contract/generation.ts'
import type { GenerationRequest } from '../contract/input.ts'
import { isFinal } from '../contract/status.ts'
import type { Connection, KeyedOptions } from './connection.ts'
import { PikaError } from './error.ts'
import { followEvents } from './events.ts'

/** Options of `PikaClient.waitFor`. */
export interface WaitOptions {
  /** Stops waiting, and throws the signal's reason. It cancels nothing at the gateway. */
  readonly signal?: AbortSignal | undefined
  /** After this time it throws a `PikaError` with the code `timeout`. Default: no limit. */
  readonly timeoutMs?: number | undefined
  /** Called with each event, in order. If it throws, the waiting ends with that error. */
  readonly onUpdate?: ((event: GenerationEvent) => void) | undefined
}

/** Options of `PikaClient.generate`. */
export interface GenerateOptions extends WaitOptions, KeyedOptions {}

/** @see `PikaClient.generate` */
export const generateVideo = (
  gateway: Connection,
  input: GenerationRequest,
  options: GenerateOptions = {},
): Promise<CompletedGeneration> => {
  const { idempotencyKey = crypto.randomUUID(), onUpdate } = options
  return limited(options, async (signal) => {
    try {
      const sent = { signal, idempotencyKey }
      const created = await gateway.ask<Generation>('POST', ['generations'], input, sent)
      const ended = hasEnded(created)
        ? created
        : await waitForEnd(gateway, created.id, { signal, onUpdate }, created)
      if (ended.status === 'completed') return ended
      throw endedWithout(ended)
    } catch (error) {
      throw error instanceof PikaError ? error.with({ idempotencyKey }) : error
    }
  })
}

/**
 * @param known the generation as it was last seen, which an error has too
 * @see `PikaClient.waitFor`
 */
export const waitForEnd = (
  gateway: Connection,
  id: string,
  { onUpdate, ...limit }: WaitOptions = {},
  known?: Generation,
): Promise<FinalGeneration> =>
  limited(limit, async (signal) => {
    let latest = known
    try {
      for await (const event of followEvents(gateway, id, { signal })) {
        if ('generation' in event) latest = event.generation
        onUpdate?.(event)
      }
      // If the events are gone or were cut short, the generation itself still has its status.
      if (latest === undefined || !hasEnded(latest)) {
        const path = ['generations', id]
        latest = await gateway.askOnce<Generation>('GET', path, undefined, { signal })
      }
      if (hasEnded(latest)) return latest
      throw new PikaError('network', 'the events ended before the generation did')
    } catch (error) {
      if (latest === undefined || !(error instanceof PikaError)) throw error
      throw error.with({ generation: latest })
    }
  })

export const hasEnded = (generation: Generation): generation is FinalGeneration =>
  isFinal(generation.status)

/** The error for a generation that has ended without a video. */
export const endedWithout = (
  generation: Exclude<FinalGeneration, CompletedGeneration>,
): PikaError =>
  generation.error === null
    ? new PikaError('canceled', 'the generation was canceled', { generation })
    : new PikaError(generation.error.code, generation.error.message, { generation })

/** Works with the caller's signal, to which a time limit is added. */
const limited = async <T>(
  { signal, timeoutMs }: WaitOptions,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> => {
  if (timeoutMs === undefined) return work(signal)
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new PikaError('timeout', `not finished after ${timeoutMs} ms`)),
    timeoutMs,
  )
  const both = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
  return work(both).finally(() => clearTimeout(timer))
}
