/** Reads fal's request history: one period to its end, or a single request. */
import type { FalHistory, HistoryPage, HistoryQuery } from '../../adapters/fal-platform.ts'
import { endInHistory, type PastRequest } from '../../domain/generation/history.ts'
import type { Platform } from '../platform.ts'

/** Four thousand requests. A period that has more is not read to its end. */
const MAX_PAGES = 40
/** fal's clock may be ahead of ours. */
const AHEAD_MS = 60_000

type Read = PastRequest[] | 'no_answer' | 'too_many'

export type HistoryReading = ReturnType<typeof createHistoryReading>

export const createHistoryReading = (platform: Platform, history: FalHistory) => {
  /**
   * Reads a period to the last page, and returns the requests to keep. The others are many, and
   * would fill the memory.
   */
  const requests = async (
    isKept: (request: PastRequest) => boolean,
    fromMs: number,
    untilMs = Date.now() + AHEAD_MS,
  ): Promise<Read> => {
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

  const read = (query: HistoryQuery) => platform.ask<HistoryPage>(() => history(query))

  return { platform, requests, endOf }
}
