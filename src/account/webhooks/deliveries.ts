/** Outgoing webhooks: each message is stored with the change that causes it, and then retried. */
import { noAnswer } from '../../adapters/standard-webhooks.ts'
import { logError } from '../../adapters/log.ts'
import { newId } from '../../adapters/new-id.ts'
import { TEST_EVENT, WEBHOOK_EVENTS, type WebhookEventType } from '../../contract/webhook.ts'
import type { OwnEventType } from '../../domain/account-event.ts'
import { renderEvent, type StoredEvent } from '../../domain/generation/event.ts'
import type { SendResult } from '../../domain/webhook/calls.ts'
import { type Answer, newDelivery, settleDelivery } from '../../domain/webhook/delivery.ts'
import { bodyOf, type Message, signingSecrets } from '../../domain/webhook/message.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Change, ChangeListener } from '../generations/journal.ts'
import { isDoneWithin } from '../patience.ts'
import type { Timed } from '../timed.ts'
import { Endpoints, OWN } from './endpoints.ts'
import { CLAIM_MS, Lanes } from './lanes.ts'
import { type Kept, WebhookStore } from './store.ts'

/** Makes one attempt, outside the object. After {@link PATIENCE_MS} it counts as timed out. */
export type SendWebhook = (message: Message) => Promise<Answer>

/** An attempt takes 15 s at most. */
const PATIENCE_MS = 20_000

export interface DeliveriesParts extends Pick<Core, 'sql' | 'journal' | 'meta' | 'onRollback'> {
  readonly send: SendWebhook
  readonly log: Pick<AccountLog, 'append'>
}

export class Deliveries implements Timed, ChangeListener {
  readonly isInMemory = true
  readonly endpoints: Endpoints
  readonly #parts: DeliveriesParts
  readonly #webhooks: WebhookStore
  readonly #lanes: Lanes
  /** Claimed in the current transaction, and started once it is committed. */
  #claimed: Kept[] = []

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
    this.#webhooks = new WebhookStore(parts.sql)
    this.#lanes = new Lanes(this.#webhooks)
    this.endpoints = new Endpoints({
      ...parts,
      webhooks: this.#webhooks,
      onDisabled: () => this.#lanes.forget(),
    })
    parts.onRollback(() => {
      for (const { lane } of this.#claimed) this.#lanes.release(lane)
      this.#claimed = []
      this.#lanes.forget()
    })
  }

  /** Sends an event that no generation has. Called inside the transaction that causes it. */
  announce(type: OwnEventType, data: object, webhookUrl: string | null, nowMs: number): void {
    this.#parts.log.append(type, data, nowMs)
    this.#owe(type, null, webhookUrl, nowMs, () => data)
  }

  onChange({ after, events }: Change, nowMs: number): void {
    const { id: generationId, webhookUrl = null } = after
    for (const event of events) {
      if (!isTold(event)) continue
      const data = () => {
        const rendered = renderEvent(event, after, this.#parts.meta.webhookOrigin())
        return 'generation' in rendered ? rendered.generation : rendered
      }
      this.#owe(event.type, generationId, webhookUrl, nowMs, data)
    }
  }

  /**
   * @param own the `webhook_url` of the generation or schedule itself
   * @param data called only if somebody receives the message
   */
  #owe(
    type: WebhookEventType,
    generationId: string | null,
    own: string | null,
    nowMs: number,
    data: () => object,
  ): void {
    const to = this.endpoints
      .wanting(type)
      .map(({ id, url }) => ({ endpointId: id, url, lane: id }))
    if (own !== null) {
      to.push({ endpointId: OWN, url: own, lane: new URL(own).origin })
      if (this.endpoints.accountSecrets().length === 0) this.endpoints.rotateAccountSecret()
    }
    if (to.length === 0) return
    const body = bodyOf(type, nowMs, data())
    const id = newId('msg', nowMs)
    for (const { url, ...where } of to) {
      const delivery = newDelivery({ id, type, generationId, url }, nowMs)
      this.#add({ ...where, body, dueMs: nowMs, delivery }, nowMs)
    }
  }

  afterCommit(): void {
    const claimed = this.#claimed
    this.#claimed = []
    for (const kept of claimed) void this.#attempt(kept)
    if (!this.#lanes.areEmpty()) this.#begin(Date.now())
  }

  nextDueMs(): number | null {
    return this.#lanes.nextDueMs()
  }

  async runDue(nowMs: number): Promise<void> {
    this.#begin(nowMs)
    await this.#lanes.allOver()
  }

  /** Sends a test message and waits for the outcome. */
  async test(endpointId: string): Promise<SendResult> {
    const nowMs = Date.now()
    const endpoint = this.endpoints.find(endpointId)
    if (endpoint === undefined) return { type: 'not_found' }
    if (endpoint.disabledReason !== null) return { type: 'disabled' }
    const { url } = endpoint
    const made = { id: newId('msg', nowMs), type: TEST_EVENT, generationId: null, url } as const
    const body = bodyOf(TEST_EVENT, nowMs, { webhook_id: endpointId })
    const where = { endpointId, lane: endpointId, dueMs: nowMs }
    const delivery = newDelivery(made, nowMs)
    return this.#sendNow({ ...where, body, delivery }, (kept) => this.#add(kept, nowMs))
  }

  /** Sends a delivery again, with the same id and body. */
  async resend(endpointId: string, id: string): Promise<SendResult> {
    const nowMs = Date.now()
    const kept = this.#webhooks.read(endpointId, id)
    if (kept === undefined) return { type: 'not_found' }
    const endpoint = this.endpoints.find(endpointId)
    if (endpointId !== OWN && endpoint?.disabledReason !== null) return { type: 'disabled' }
    const state = 'pending' as const
    const delivery = { ...kept.delivery, state, tries: 0, triedSinceMs: nowMs }
    return this.#sendNow({ ...kept, delivery, dueMs: nowMs }, (again) => {
      this.#webhooks.settle(endpointId, again.delivery, nowMs)
      this.#lanes.owe(again.lane, nowMs)
    })
  }

  /** Called inside the transaction that deletes the generation. */
  forget(generationId: string): void {
    this.#webhooks.forget(generationId)
    this.#lanes.forget()
  }

  async #sendNow(kept: Kept, write: (kept: Kept) => void): Promise<SendResult> {
    const { lane, endpointId, delivery } = kept
    this.#lanes.noteSuccess(lane)
    this.#parts.journal.atomically(null, Date.now(), () => write(kept))
    await isDoneWithin(this.#lanes.turn(lane)?.over.promise ?? Promise.resolve(), PATIENCE_MS)
    const sent = this.#webhooks.read(endpointId, delivery.id)
    return sent === undefined ? { type: 'not_found' } : { type: 'sent', sent }
  }

  /** Adds a delivery. If it is its turn, it is claimed in the same write, which saves a row. */
  #add(kept: Kept, nowMs: number): void {
    const { lane } = kept
    const isFree = this.#lanes.isFree(lane, nowMs)
    const dueMs = isFree ? nowMs + CLAIM_MS : nowMs
    this.#webhooks.add({ ...kept, dueMs })
    this.#lanes.owe(lane, dueMs)
    if (!isFree) return
    this.#lanes.take(lane, dueMs)
    this.#claimed.push(kept)
  }

  #begin(nowMs: number): void {
    for (;;) {
      const lane = this.#lanes.next(nowMs)
      if (lane === undefined) return
      const kept = this.#webhooks.first(lane)
      if (kept === undefined || (kept.dueMs ?? Infinity) > nowMs) {
        this.#lanes.read(lane)
        continue
      }
      const untilMs = nowMs + CLAIM_MS
      this.#webhooks.claim(kept, untilMs)
      this.#lanes.take(kept.lane, untilMs)
      void this.#attempt(kept)
    }
  }

  /** Sends a claimed delivery and stores the outcome. Never rejects. */
  async #attempt(kept: Kept): Promise<void> {
    const { lane, delivery, endpointId } = kept
    const turn = this.#lanes.turn(lane)
    const atMs = Date.now()
    const url = this.endpoints.find(endpointId)?.url ?? delivery.url
    try {
      const answer = await this.#answerTo(kept, url)
      this.#lanes.release(lane)
      this.#settle({ ...kept, delivery: { ...delivery, url } }, answer, atMs)
    } catch (error) {
      // The claim stays, and is taken again once it is old.
      if (this.#lanes.turn(lane) === turn) this.#lanes.release(lane)
      logError('webhook_not_settled', error, { delivery_id: delivery.id })
    } finally {
      turn?.over.resolve()
    }
  }

  async #answerTo({ endpointId, delivery, body }: Kept, url: string): Promise<Answer> {
    const { send, meta } = this.#parts
    const secrets = signingSecrets(this.endpoints.secretsOf(endpointId), Date.now())
    const message = { id: delivery.id, url, body, secrets, ownOrigin: meta.webhookOrigin() }
    let answer = noAnswer('timed_out')
    const sending = send(message).then(
      (came) => (answer = came),
      (error: unknown) => {
        logError('webhook_not_sent', error, { delivery_id: delivery.id })
        answer = noAnswer('unreachable')
      },
    )
    await isDoneWithin(sending, PATIENCE_MS)
    return answer
  }

  #settle({ endpointId, lane, ...sent }: Kept, answered: Answer, atMs: number): void {
    const { retryAfterMs, ...answer } = answered
    const nowMs = Date.now()
    const { url } = sent.delivery
    const kept = this.#webhooks.read(endpointId, sent.delivery.id)
    const endpoint = this.endpoints.find(endpointId)
    const attempt = { atMs, tookMs: Math.max(0, nowMs - atMs), ...answer }
    const before = { ...(kept?.delivery ?? sent.delivery), url }
    const { delivery, health, dueMs } = settleDelivery(before, attempt, retryAfterMs, Math.random())
    if (health === 'alive') this.#lanes.noteSuccess(lane)
    else this.#lanes.noteFailure(lane, retryAfterMs ?? 0, nowMs)
    this.#parts.journal.atomically(null, nowMs, () => {
      // A delivery deleted or canceled in the meantime stays so, but one that arrived has arrived.
      const isOver = kept?.dueMs === null && delivery.state === 'pending'
      if (kept !== undefined) {
        const after = isOver ? { ...delivery, state: kept.delivery.state } : delivery
        this.#webhooks.settle(endpointId, after, isOver ? null : dueMs)
      }
      if (endpoint?.url === url) this.endpoints.noteAttempt(endpoint, health, nowMs)
      this.#lanes.read(lane)
    })
  }
}

const isTold = (event: StoredEvent): event is StoredEvent & { readonly type: WebhookEventType } =>
  WEBHOOK_EVENTS.some((told) => told === event.type)
