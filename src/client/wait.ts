/** Waits for a generation to end. */
import type { GenerationEvent } from '../contract/events.ts'
import type { CompletedGeneration, FinalGeneration, Generation } from '../contract/generation.ts'
import { isFinal } from '../contract/status.ts'
import { askOnce } from './ask.ts'
import { type Call, pathTo } from './connection.ts'
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

/**
 * @param known the generation as it was last seen, which an error has too
 * @see `PikaClient.waitFor`
 */
export const waitForEnd = async (
  call: Call,
  id: string,
  { signal, timeoutMs, onUpdate }: WaitOptions = {},
  known?: Generation,
): Promise<FinalGeneration> => {
  const limit = startLimit(signal, timeoutMs)
  let latest = known
  try {
    for await (const event of followEvents(call, id, { signal: limit.signal })) {
      if ('generation' in event) latest = event.generation
      onUpdate?.(event)
    }
    // If the events are gone or were cut short, the generation itself still has its status.
    if (latest === undefined || !hasEnded(latest)) {
      latest = await askOnce<Generation>(call, 'GET', pathTo('generations', id), undefined, limit)
    }
    if (hasEnded(latest)) return latest
    throw new PikaError('network', 'the events ended before the generation did')
  } catch (error) {
    if (latest === undefined || !(error instanceof PikaError)) throw error
    throw error.with({ generation: latest })
  } finally {
    limit.end()
  }
}

export const hasEnded = (generation: Generation): generation is FinalGeneration =>
  isFinal(generation.status)

/** The error for a generation that has ended without a video. */
export const endedWithout = (
  generation: Exclude<FinalGeneration, CompletedGeneration>,
): PikaError =>
  generation.error === null
    ? new PikaError('canceled', 'the generation was canceled', { generation })
    : new PikaError(generation.error.code, generation.error.message, { generation })

/** The caller's signal plus a time limit. Call `end` when the work is done. */
export const startLimit = (signal: AbortSignal | undefined, timeoutMs: number | undefined) => {
  if (timeoutMs === undefined) return { signal, end: () => undefined }
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new PikaError('timeout', `not finished after ${timeoutMs} ms`)),
    timeoutMs,
  )
  return {
    signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    end: () => clearTimeout(timer),
  }
}
