/** Reads fal's request history: a page at a time, and not while fal refuses or is silent. */
import type { FalHistory, HistoryQuery } from '../../adapters/fal-history.ts'
import { log } from '../../adapters/log.ts'
import { readDocument } from '../../domain/document.ts'
import { HOUR_MS } from '../../domain/generation/deadlines.ts'
import { endInHistory, type PastRequest } from '../../domain/generation/history.ts'
import type { Found } from '../../domain/generation/observation.ts'
import type { Core } from '../core.ts'

/** Under this, since when fal refuses the key its history, and when to ask again. */
const REFUSED = 'history_refused'
const SHORTEST_PAUSE_MS = 15_000
const LONGEST_PAUSE_MS = HOUR_MS / 2
/** A thousand requests; a part of the history that has more is not read to its end. */
const MAX_PAGES = 20
/** fal's clock may be ahead of ours. */
const AHEAD_MS = 60_000

interface Refused {
  readonly sinceMs: number
  readonly untilMs: number
}

export interface HistoryReadingParts extends Pick<Core, 'gate' | 'meta' | 'journal'> {
  readonly history: FalHistory
}

export class HistoryReading {
  readonly #parts: HistoryReadingParts
  /** Pages in a row that were not answered, and until when no other is asked for. */
  #failures = 0
  #pausedUntilMs = 0

  constructor(parts: HistoryReadingParts) {
    this.#parts = parts
  }

  /** When it may be asked; in the past while nothing speaks against it. */
  readableMs(): number {
    return Math.max(this.#pausedUntilMs, this.#refused()?.untilMs ?? 0)
  }

  /** Since when fal refuses the key its history; null while it does not. */
  refusedSinceMs(): number | null {
    return this.#refused()?.sinceMs ?? null
  }

  /** All requests from a moment on; undefined where they cannot be read to their end. */
  async since(fromMs: number): Promise<PastRequest[] | undefined> {
    const requests = new Map<string, PastRequest>()
    let cursor: string | null = null
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await this.#page({ ...until(fromMs), ...(cursor === null ? {} : { cursor }) })
      if (page === undefined) return undefined
      // Pages shift while requests come in, so one may come twice.
      for (const request of page.requests) requests.set(request.requestId, request)
      cursor = page.cursor
      if (cursor === null) return [...requests.values()]
    }
    log('history_too_long', { pages: MAX_PAGES })
    return undefined
  }

  /** What the history says of one request: how it ended, null while it does not say, undefined where it has none. */
  async endOf(requestId: string, sentAtMs: number): Promise<Found | null | undefined> {
    if (Date.now() < this.readableMs()) return undefined
    const page = await this.#page({ ...until(sentAtMs - AHEAD_MS), requestId })
    const request = page?.requests.find((each) => each.requestId === requestId)
    return request && endInHistory(request)
  }

  async #page(query: HistoryQuery) {
    const { gate, history, meta, journal } = this.#parts
    const page = await gate.run('history', () => history(query))
    const nowMs = Date.now()
    const refused = this.#refused()
    if (page.type === 'refused') {
      const now = { sinceMs: refused?.sinceMs ?? nowMs, untilMs: nowMs + HOUR_MS }
      const text = JSON.stringify(now satisfies Refused)
      journal.atomically(null, nowMs, () => meta.write(REFUSED, text))
      log('history_refused', {})
      return undefined
    }
    if (page.type === 'no_answer') {
      const pauseMs = SHORTEST_PAUSE_MS * 2 ** Math.min(this.#failures++, 20)
      this.#pausedUntilMs = nowMs + Math.min(pauseMs, LONGEST_PAUSE_MS)
      return undefined
    }
    this.#failures = 0
    if (refused !== undefined) journal.atomically(null, nowMs, () => meta.remove(REFUSED))
    return page
  }

  #refused(): Refused | undefined {
    const text = this.#parts.meta.read(REFUSED)
    return text === undefined ? undefined : readDocument<Refused>(text)
  }
}

const until = (fromMs: number) => ({ fromMs, untilMs: Date.now() + AHEAD_MS })
