/** Calls one part of fal's platform API; pauses while fal refuses the key or does not answer. */
import { log } from '../adapters/log.ts'
import type { NoPlatformAnswer } from '../adapters/fal-platform.ts'
import { HOUR_MS } from '../domain/generation/deadlines.ts'
import type { Core } from './core.ts'

const SHORTEST_PAUSE_MS = 15_000
const LONGEST_PAUSE_MS = HOUR_MS / 2

export type Platform = ReturnType<typeof createPlatform>

export const createPlatform = ({ gate, meta, journal }: Core, what: 'history' | 'billing') => {
  const name = `${what}_refused`
  const refusal = meta.document<{ readonly sinceMs: number; readonly untilMs: number }>(name)
  /** Calls in a row without an answer; the next one waits until `pausedUntilMs`. */
  let failures = 0
  let pausedUntilMs = 0

  /** When the API may be called; a time in the past means now. */
  const readyMs = (): number => Math.max(pausedUntilMs, refusal.read()?.untilMs ?? 0)

  /** When fal began to refuse the key; null if it does not, or if nobody calls it any more. */
  const refusedSinceMs = (): number | null => {
    const refused = refusal.read()
    return refused && Date.now() < refused.untilMs + HOUR_MS ? refused.sinceMs : null
  }

  /** Calls the API; undefined if fal refused or did not answer, and then the next call waits. */
  const ask = async <Answer extends { readonly type: string }>(
    question: () => Promise<Answer | NoPlatformAnswer>,
  ): Promise<Answer | undefined> => {
    const answer = await gate.run('platform', question)
    const nowMs = Date.now()
    const refused = refusal.read()
    if (isRefused(answer)) {
      const now = { sinceMs: refused?.sinceMs ?? nowMs, untilMs: nowMs + HOUR_MS }
      journal.atomically(null, nowMs, () => refusal.write(now))
      log(name, {})
      return undefined
    }
    if (isSilent(answer)) {
      const pauseMs = SHORTEST_PAUSE_MS * 2 ** Math.min(failures++, 20)
      pausedUntilMs = nowMs + Math.min(pauseMs, LONGEST_PAUSE_MS)
      return undefined
    }
    failures = 0
    if (refused !== undefined) journal.atomically(null, nowMs, refusal.remove)
    return answer
  }

  return { readyMs, refusedSinceMs, ask }
}

const isRefused = (answer: { readonly type: string }): answer is { readonly type: 'refused' } =>
  answer.type === 'refused'
const isSilent = (answer: { readonly type: string }): answer is { readonly type: 'no_answer' } =>
  answer.type === 'no_answer'
