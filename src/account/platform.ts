/** fal's platform API as the account uses it: with pauses, and the request history read whole. */
import { log } from '../adapters/log.ts'
import type { FalHistory, HistoryQuery, NoPlatformAnswer } from '../adapters/fal-platform.ts'
import { HOUR_MS } from '../domain/generation/deadlines.ts'
import { endInHistory, type PastRequest } from '../domain/generation/history.ts'
import type { Core } from './core.ts'

const SHORTEST_PAUSE_MS = 15_000
const LONGEST_PAUSE_MS = HOUR_MS / 2

/** Four thousand requests. A period that has more is not read to its end. */
const MAX_PAGES = 40
/** fal's clock may be ahead of ours. */
const AHEAD_MS = 60_000

export type Platform = ReturnType<typeof createPlatform>

/** Calls one part of the API; pauses while fal refuses the key or does not answer. */
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
  const ask = async <Answer extends { readonly type: 'page' | 'bills' }>(
    question: () => Promise<Answer | NoPlatformAnswer>,
  ): Promise<Answer | undefined> => {
    const answer = await gate.run('platform', question)
    const nowMs = Date.now()
    const refused = refusal.read()
    if (answer.type === 'refused') {
      const now = { sinceMs: refused?.sinceMs ?? nowMs, untilMs: nowMs + HOUR_MS }
      journal.atomically(null, nowMs, () => refusal.write(now))
      log(name)
      return undefined
    }
    if (answer.type === 'no_answer') {
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

export type HistoryReading = ReturnType<typeof createHistoryReading>

/** Reads the request history: one period to its end, or a single request. */
export const createHistoryReading = (platform: Platform, history: FalHistory) => {
  /**
   * Reads a period to the last page, and returns the requests to keep. The others are many, and
   * would fill the memory.
   */
  const requests = async (
    isKept: (request: PastRequest) => boolean,
    fromMs: number,
    untilMs = Date.now() + AHEAD_MS,
  ): Promise<PastRequest[] | 'no_answer' | 'too_many'> => {
    const kept = new Map<string, PastRequest>()
    let cursor: string | undefined
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await read({ fromMs, untilMs, cursor })
      if (page === undefined) return 'no_answer'
      // Pages shift while requests come in, so one may appear twice.
      for (const request of page.requests.filter(isKept)) kept.set(request.requestId, request)
      cursor = page.cursor ?? undefined
      if (cursor === undefined) return [...kept.values()]
    }
    return 'too_many'
  }

  /**
   * How a request ended: null if the history lists it without an end, undefined if not found.
   *
   * @param isForgotten whether fal's queue does not know the request, so only the history can say
   */
  const endOf = async (requestId: string, sentAtMs: number, isForgotten: boolean) => {
    if (Date.now() < platform.readyMs()) return undefined
    const [fromMs, untilMs] = [sentAtMs - AHEAD_MS, Date.now() + AHEAD_MS]
    const page = await read({ fromMs, untilMs, requestId })
    const request = page?.requests.find((each) => each.requestId === requestId)
    return request && (isForgotten ? endInHistory(request) : request.end)
  }

  const read = (query: HistoryQuery) => platform.ask(() => history(query))

  return { platform, requests, endOf }
}
