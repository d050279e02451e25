/** Sends what was admitted: one POST to fal for a generation, ever. */
import type { SubmitAnswer } from '../../adapters/fal-answers.ts'
import type { FalQueue } from '../../adapters/fal-queue.ts'
import { log, logError } from '../../adapters/log.ts'
import type { Named } from '../../domain/generation/generation.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import type { Core } from '../core.ts'
import type { Timed } from '../timed.ts'
import type { ChangeListener } from './journal.ts'

/** fal needs a moment before a request it did take can be found. */
const LOOK_AGAIN_MS = 2000
/** What could not be sent is tried again when it has waited for twice as long. */
const SHORTEST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 300_000
/** What may be sent is under way at once; the alarm only finds what a crash left. */
const FALLBACK_MS = 2000

/** Where fal is to send its webhook for a generation, below the gateway's own origin. */
export type WebhookUrl = (
  origin: string,
  accountId: string,
  generationId: string,
) => Promise<string>

export interface SubmitterParts extends Pick<Core, 'store' | 'counts' | 'journal' | 'gate'> {
  readonly fal: FalQueue
  /** Generations that may be at fal at a time; the rest wait, oldest first. */
  readonly maxAtFal: number
  readonly webhookUrl: WebhookUrl
}

export class Submitter implements Timed, ChangeListener {
  readonly #parts: SubmitterParts
  /** Generations this process is busy sending. Whatever else is sent and unanswered died with another. */
  readonly #sending = new Set<string>()
  /** Those of them that still wait for a connection, and are not claimed. */
  readonly #waiting = new Set<string>()

  constructor(parts: SubmitterParts) {
    this.#parts = parts
  }

  /** Whether `id` is being sent right now, so that its answer is still to come. */
  isSending(id: string): boolean {
    return this.#sending.has(id)
  }

  /** How many more may be sent to fal now. */
  capacity(): number {
    return Math.max(0, this.#parts.maxAtFal - this.#parts.counts.now().atFal)
  }

  /** When something is next to be sent that fal may have, under way here or not. */
  nextDueMs(): number | null {
    if (this.#unsent() === 0 || this.capacity() === 0) return null
    const atMs = this.#parts.store.nextSendMs()
    if (atMs === null) return null
    return Math.max(atMs, Date.now() + FALLBACK_MS)
  }

  runDue(): void {
    this.pump()
  }

  afterCommit(): void {
    this.pump()
  }

  /** Starts sending what waits, as far as fal may have more. Returns at once. */
  pump(): void {
    const capacity = this.capacity()
    if (Math.min(capacity, this.#unsent()) <= this.#waiting.size) return
    for (const id of this.#parts.store.unsentIds(Date.now(), capacity)) {
      if (this.#sending.has(id)) continue
      this.#sending.add(id)
      this.#waiting.add(id)
      void this.#send(id)
        .catch((error: unknown) => this.#putOff(id, error))
        .finally(() => {
          this.#sending.delete(id)
          this.#waiting.delete(id)
        })
        // Where not even that could be written, only the alarm tries again.
        .then(
          () => this.pump(),
          (error: unknown) => logError('submit_not_put_off', error, { generation_id: id }),
        )
    }
  }

  #unsent(): number {
    const { open, atFal } = this.#parts.counts.now()
    return open - atFal
  }

  /** Leaves what broke before its claim to the alarm: after a moment, and then ever later. */
  #putOff(id: string, error: unknown): void {
    const { store } = this.#parts
    logError('submit_failed', error, { generation_id: id })
    const nowMs = Date.now()
    const waitedMs = nowMs - (store.read(id)?.record.createdAtMs ?? nowMs)
    const pauseMs = Math.min(Math.max(waitedMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)
    store.putOffSend(id, nowMs + pauseMs)
  }

  async #send(id: string): Promise<void> {
    const { store, journal, gate, fal } = this.#parts
    const waiting = store.read(id)?.record
    if (waiting === undefined) return
    const origin = waiting.webhookOrigin
    const webhookUrl =
      origin === null ? undefined : await this.#parts.webhookUrl(origin, waiting.accountId, id)
    const answer = await gate.run('submit', async () => {
      // The claim: once this is written, nobody ever sends this generation again. It is written
      // in the turn that calls fetch: the platform then holds the request back until storage has
      // confirmed the claim, and nothing is claimed that is not being sent.
      const before = store.read(id)?.record
      if (before === undefined || before.status !== 'submitting' || before.sentAtMs !== null) {
        return undefined
      }
      const claimed = journal.observe(id, [{ type: 'sending' }], Date.now())
      this.#waiting.delete(id)
      // Its turn may have come too late, which has ended it.
      if (claimed?.status !== 'submitting') return undefined
      return fal.submit(before.input, {
        startTimeoutSeconds: before.startTimeoutSeconds,
        ...(webhookUrl === undefined ? {} : { webhookUrl }),
      })
    })
    if (answer === undefined) return
    log('submit_answered', { generation_id: id, answer: answer.type })
    const observations = await this.#conclude(answer)
    journal.observe(id, observations, Date.now())
  }

  /** What the answer proves; an id that came with an unclear one is looked up first. */
  async #conclude(answer: SubmitAnswer): Promise<Observation[]> {
    if (answer.type !== 'unknown') return [answer]
    if (answer.lookUp === undefined) return [{ type: 'unanswered' }]
    const { requestId, settles } = answer.lookUp
    const named = { requestId, refusal: settles ? answer.failure : null }
    const found = await this.#lookUp(named)
    if (found !== 'not_found' || !settles)
      return found === 'not_found' ? [{ type: 'unanswered' }] : found
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    const again = await this.#lookUp(named)
    return again === 'not_found' ? [{ type: 'refused', failure: answer.failure }] : again
  }

  async #lookUp(named: Named): Promise<Observation[] | 'not_found'> {
    const { gate, fal } = this.#parts
    const { requestId } = named
    const status = await gate.run('look_up', () => fal.status(requestId, { logs: false }))
    switch (status.type) {
      case 'not_found':
        return 'not_found'
      case 'no_answer':
        return [{ type: 'unanswered', named }]
      case 'complete':
        return [{ type: 'accepted', requestId, by: 'look_up' }]
      default:
        return [{ type: 'accepted', requestId, by: 'look_up' }, status]
    }
  }
}
