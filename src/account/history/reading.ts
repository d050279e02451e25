/** Reads fal's request history: one period to its end, or a single request. */
import type { FalHistory, HistoryPage, HistoryQuery } from '../../adapters/fal-history.ts'
import { endInHistory, type PastRequest } from '../../domain/generation/history.ts'
import type { Found } from '../../domain/generation/observation.ts'
import type { Platform } from '../platform.ts'

/** Four thousand requests. A period that has more is not read to its end. */
const MAX_PAGES = 40
/** fal's clock may be ahead of ours. */
const AHEAD_MS = 60_000

type Read = PastRequest[] | 'no_answer' | 'too_many'

export class HistoryReading {
  readonly platform: Platform
  readonly #history: FalHistory

  constructor(platform: Platform, history: FalHistory) {
    this.platform = platform
    this.#history = history
  }

  /**
   * Reads a period to the last page, and returns the requests to keep. The others are many, and
   * would fill the memory.
   */
  async requests(
    isKept: (request: PastRequest) => boolean,
    fromMs: number,
    untilMs = Date.now() + AHEAD_MS,
  ): Promise<Read> {
    const requests = new Map<string, PastRequest>()
    let cursor: string | undefined
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await this.#page({ fromMs, untilMs, cursor })
      if (page === undefined) return 'no_answer'
      // Pages shift while requests come in, so one may appear twice.
      for (const request of page.requests.filter(isKept)) requests.set(request.requestId, request)
      cursor = page.cursor ?? undefined
      if (cursor === undefined) return [...requests.values()]
    }
    return 'too_many'
  }

  /**
   * How a request ended: null if the history lists it without an end, undefined if not found.
   *
   * @param isForgotten whether fal's queue does not know the request, so only the history can say
   */
  async endOf(
    requestId: string,
    sentAtMs: number,
    isForgotten: boolean,
  ): Promise<Found | null | undefined> {
    if (Date.now() < this.platform.readyMs()) return undefined
    const [fromMs, untilMs] = [sentAtMs - AHEAD_MS, Date.now() + AHEAD_MS]
    const page = await this.#page({ fromMs, untilMs, requestId })
    const request = page?.requests.find((each) => each.requestId === requestId)
    return request && (isForgotten ? endInHistory(request) : request.end)
  }

  #page(query: HistoryQuery): Promise<Extract<HistoryPage, { type: 'page' }> | undefined> {
    return this.platform.ask(() => this.#history(query))
  }
}
