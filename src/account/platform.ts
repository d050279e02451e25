/** Calls one part of fal's platform API; pauses while fal refuses the key or does not answer. */
import { log } from '../adapters/log.ts'
import type { NoPlatformAnswer } from '../adapters/fal-platform.ts'
import { readDocument } from '../domain/document.ts'
import { HOUR_MS } from '../domain/generation/deadlines.ts'
import type { Core } from './core.ts'

const SHORTEST_PAUSE_MS = 15_000
const LONGEST_PAUSE_MS = HOUR_MS / 2

interface Refused {
  readonly sinceMs: number
  readonly untilMs: number
}

export class Platform {
  readonly #core: Pick<Core, 'gate' | 'meta' | 'journal'>
  /** The key in `meta` under which a refusal is stored. */
  readonly #name: string
  /** Calls in a row without an answer; the next one waits until `#pausedUntilMs`. */
  #failures = 0
  #pausedUntilMs = 0

  constructor(core: Pick<Core, 'gate' | 'meta' | 'journal'>, what: 'history' | 'billing') {
    this.#core = core
    this.#name = `${what}_refused`
  }

  /** When the API may be called; a time in the past means now. */
  readyMs(): number {
    return Math.max(this.#pausedUntilMs, this.#refused()?.untilMs ?? 0)
  }

  /** When fal began to refuse the key; null if it does not, or if nobody calls it any more. */
  refusedSinceMs(): number | null {
    const refused = this.#refused()
    return refused && Date.now() < refused.untilMs + HOUR_MS ? refused.sinceMs : null
  }

  /** Calls the API; undefined if fal refused or did not answer, and then the next call waits. */
  async ask<Answer extends { readonly type: string }>(
    question: () => Promise<Answer | NoPlatformAnswer>,
  ): Promise<Answer | undefined> {
    const { gate, meta, journal } = this.#core
    const answer = await gate.run('platform', question)
    const nowMs = Date.now()
    const refused = this.#refused()
    if (isRefused(answer)) {
      const now = { sinceMs: refused?.sinceMs ?? nowMs, untilMs: nowMs + HOUR_MS }
      const text = JSON.stringify(now satisfies Refused)
      journal.atomically(null, nowMs, () => meta.write(this.#name, text))
      log(this.#name, {})
      return undefined
    }
    if (isSilent(answer)) {
      const pauseMs = SHORTEST_PAUSE_MS * 2 ** Math.min(this.#failures++, 20)
      this.#pausedUntilMs = nowMs + Math.min(pauseMs, LONGEST_PAUSE_MS)
      return undefined
    }
    this.#failures = 0
    if (refused !== undefined) journal.atomically(null, nowMs, () => meta.remove(this.#name))
    return answer
  }

  #refused(): Refused | undefined {
    const text = this.#core.meta.read(this.#name)
    return text === undefined ? undefined : readDocument<Refused>(text)
  }
}

const isRefused = (answer: { readonly type: string }): answer is { readonly type: 'refused' } =>
  answer.type === 'refused'
const isSilent = (answer: { readonly type: string }): answer is { readonly type: 'no_answer' } =>
  answer.type === 'no_answer'
