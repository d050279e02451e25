/** Waits for a generation to end. */
import type { GenerationEvent } from '../contract/events.ts'
import type { CompletedGeneration, FinalGeneration, Generation } from '../contract/generation.ts'
import { askOnce } from './ask.ts'
import { type Call, generationPath } from './connection.ts'
import { PikaError } from './error.ts'
import { followEvents } from './events.ts'

/** Options of `PikaClient.waitFor`. */
export interface WaitOptions {
  /** Ends the waiting with the signal's reason. It cancels nothing at the gateway. */
  readonly signal?: AbortSignal | undefined
  /** After this long a `PikaError` with the code `timeout` is thrown. Default: no limit. */
  readonly timeoutMs?: number | undefined
  /** Called with each event, in order. What it throws ends the waiting. */
  readonly onUpdate?: ((event: GenerationEvent) => void) | undefined
}

/** Waits for the end, whichever it is; see `PikaClient.waitFor`. */
export const waitForEnd = async (
  call: Call,
  id: string,
  { signal, timeoutMs, onUpdate }: WaitOptions = {},
): Promise<FinalGeneration> => {
  const limit = startLimit(signal, timeoutMs)
  let latest: Generation | undefined
  try {
    for await (const event of followEvents(call, id, { signal: limit.signal })) {
      if ('generation' in event) latest = event.generation
      onUpdate?.(event)
    }
    // If the events are gone or were cut short, the generation itself still tells.
    if (latest === undefined || !hasEnded(latest)) {
      latest = await askOnce<Generation>(call, 'GET', generationPath(id), undefined, limit)
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

/** Whether a generation is one of the three that never change. */
export const hasEnded = (generation: Generation): generation is FinalGeneration =>
  generation.status === 'completed' ||
  generation.status === 'failed' ||
  generation.status === 'canceled'

/** What is thrown for a generation that has ended without a video. */
export const endedWithout = (
  generation: Exclude<FinalGeneration, CompletedGeneration>,
): PikaError =>
  generation.error === null
    ? new PikaError('canceled', 'the generation was canceled', { generation })
    : new PikaError(generation.error.code, generation.error.message, { generation })

/** The caller's signal, joined by a time limit. `end` must be called when the work is done. */
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
