/** Tells endpoints what happens: a message is written with what causes it, and sent until it is taken. */
import { noAnswer } from '../../adapters/standard-webhooks.ts'
import { logError } from '../../adapters/log.ts'
import { TEST_EVENT, WEBHOOK_EVENTS, type WebhookEventType } from '../../contract/webhook.ts'
import type { OwnEventType } from '../../domain/account-event.ts'
import { renderEvent, type StoredEvent } from '../../domain/generation/event.ts'
import { ID_RANDOM_BYTES, makeId } from '../../domain/id.ts'
import type { SendResult } from '../../domain/webhook/calls.ts'
import {
  type Answer,
  backoffMs,
  type DeliveryRecord,
  settleDelivery,
} from '../../domain/webhook/delivery.ts'
import { bodyOf, type Message, signingSecrets } from '../../domain/webhook/message.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Change, ChangeListener } from '../generations/journal.ts'
import { isDoneWithin } from '../patience.ts'
import type { Timed } from '../timed.ts'
import { Endpoints } from './endpoints.ts'
import { type Kept, WebhookStore } from './store.ts'

/** Makes one attempt, outside the object: it is over within {@link PATIENCE_MS} or never. */
export type SendWebhook = (message: Message) => Promise<Answer>

/** Something that endpoints are told of. */
interface News {
  readonly type: WebhookEventType
  /** Asked for only if there is somebody to tell. */
  readonly data: () => object
  readonly generationId: string | null
  /** The address that what it is about names itself. */
  readonly webhookUrl: string | null
}

/** The endpoint id of what goes to addresses that generations and schedules name. */
export const OWN = 'account'

const MAX_UNDER_WAY = 8
/** Those that failed last may only have half the turns: they may hang. */
const MAX_FAILING_UNDER_WAY = 4
/** An attempt takes 15 s at most. */
const PATIENCE_MS = 20_000
/** What was claimed and not heard of for this long is tried again: its process has died. */
const CLAIM_MS = 60_000
/** An address that fails is left alone a little, whatever else it is owed. */
const LONGEST_LANE_PAUSE_MS = 60_000

export interface DeliveriesParts extends Pick<Core, 'sql' | 'journal' | 'meta' | 'onRollback'> {
  readonly send: SendWebhook
  readonly log: Pick<AccountLog, 'append'>
}

interface Turn {
  readonly untilMs: number
  readonly isFailing: boolean
  readonly over: PromiseWithResolvers<void>
}

/** Attempts of a lane that failed in a row, and until when it is left alone. */
interface Trouble {
  readonly failures: number
  readonly untilMs: number
}

export class Deliveries implements Timed, ChangeListener {
  readonly isInMemory = true
  readonly endpoints: Endpoints
  readonly #parts: DeliveriesParts
  readonly #webhooks: WebhookStore
  /** When the first of each lane is due, as the table has it: nobody else writes there. */
  #lanes: Map<string, number> | undefined
  readonly #underWay = new Map<string, Turn>()
  /** Forgotten with the process, which costs an attempt too early. */
  readonly #troubles = new Map<string, Trouble>()
  /** Claimed in the transaction under way, and begun once it is committed. */
  #claimed: Kept[] = []

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
    this.#webhooks = new WebhookStore(parts.sql)
    this.endpoints = new Endpoints({
      ...parts,
      webhooks: this.#webhooks,
      onDisabled: () => (this.#lanes = undefined),
    })
    parts.onRollback(() => {
      for (const { lane } of this.#claimed) this.#underWay.delete(lane)
      this.#claimed = []
      this.#lanes = undefined
    })
  }

  /** Tells of what is no generation's own. Called inside the transaction that causes it. */
  announce(type: OwnEventType, data: object, webhookUrl: string | null, nowMs: number): void {
    this.#parts.log.append(type, data, nowMs)
    this.#owe({ type, data: () => data, generationId: null, webhookUrl }, nowMs)
  }

  onChange({ after, events }: Change, nowMs: number): void {
    const { id: generationId, webhookUrl = null } = after
    for (const event of events) {
      if (!isTold(event)) continue
      const data = () => {
        const rendered = renderEvent(event, after, this.#parts.meta.webhookOrigin())
        return 'generation' in rendered ? rendered.generation : rendered
      }
      this.#owe({ type: event.type, data, generationId, webhookUrl }, nowMs)
    }
  }

  #owe({ type, data, generationId, webhookUrl: own }: News, nowMs: number): void {
    const to = this.endpoints
      .wanting(type)
      .map(({ id, url }) => ({ endpointId: id, url, lane: id }))
    if (own !== null) {
      to.push({ endpointId: OWN, url: own, lane: new URL(own).origin })
      if (this.endpoints.accountSecrets().length === 0) this.endpoints.rotateAccountSecret()
    }
    if (to.length === 0) return
    const body = bodyOf(type, nowMs, data())
    const id = newMessageId(nowMs)
    for (const { url, ...where } of to) {
      const delivery = newDelivery({ id, type, generationId, url }, nowMs)
      this.#add({ ...where, body, dueMs: nowMs, delivery }, nowMs)
    }
  }

  afterCommit(): void {
    const claimed = this.#claimed
    this.#claimed = []
    for (const kept of claimed) void this.#attempt(kept)
    if (this.#lanes === undefined || this.#lanes.size > 0) this.#begin(Date.now())
  }

  nextDueMs(): number | null {
    let firstMs = Infinity
    for (const lane of this.#dues().keys()) {
      if (this.#mayBegin(lane)) firstMs = Math.min(firstMs, this.#dueMs(lane))
    }
    // While one is under way, an alarm is only for a process that dies.
    for (const { untilMs } of this.#underWay.values()) firstMs = Math.min(firstMs, untilMs)
    return firstMs < Infinity ? firstMs : null
  }

  async runDue(nowMs: number): Promise<void> {
    this.#begin(nowMs)
    await Promise.all([...this.#underWay.values()].map(({ over }) => over.promise))
  }

  /** Sends a message that says nothing, and waits for what comes of it. */
  async test(endpointId: string): Promise<SendResult> {
    const nowMs = Date.now()
    const endpoint = this.endpoints.find(endpointId)
    if (endpoint === undefined) return { type: 'not_found' }
    if (endpoint.disabledReason !== null) return { type: 'disabled' }
    const { url } = endpoint
    const made = { id: newMessageId(nowMs), type: TEST_EVENT, generationId: null, url } as const
    const delivery = newDelivery(made, nowMs)
    const body = bodyOf(TEST_EVENT, nowMs, { webhook_id: endpointId })
    return this.#sendNow({ endpointId, lane: endpointId, dueMs: nowMs, body, delivery }, (kept) =>
      this.#add(kept, nowMs),
    )
  }

  /** Sends one again, with its id and body as they were. */
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
      this.#dues().set(again.lane, Math.min(this.#dues().get(again.lane) ?? Infinity, nowMs))
    })
  }

  deliveries(endpointId: string, limit: number, beforeId: string | null) {
    if (endpointId !== OWN && this.endpoints.find(endpointId) === undefined) return null
    const found = this.#webhooks.list(endpointId, limit + 1, beforeId)
    return {
      deliveries: found.slice(0, limit).map(({ delivery, dueMs }) => ({ delivery, dueMs })),
      hasMore: found.length > limit,
    }
  }

  /** Forgets what is kept of a generation. Called inside a transaction. */
  forget(generationId: string): void {
    this.#webhooks.forget(generationId)
    this.#lanes = undefined
  }

  async #sendNow(kept: Kept, write: (kept: Kept) => void): Promise<SendResult> {
    const { lane, endpointId, delivery } = kept
    this.#troubles.delete(lane)
    this.#parts.journal.atomically(null, Date.now(), () => write(kept))
    await isDoneWithin(this.#underWay.get(lane)?.over.promise ?? Promise.resolve(), PATIENCE_MS)
    const sent = this.#webhooks.read(endpointId, delivery.id)
    return sent === undefined ? { type: 'not_found' } : { type: 'sent', sent }
  }

  /** Adds one, and claims it with that if it is its turn: a row less to write. */
  #add(kept: Kept, nowMs: number): void {
    const { lane } = kept
    const isFree = !this.#dues().has(lane) && this.#mayBegin(lane) && this.#dueMs(lane) <= nowMs
    const dueMs = isFree ? nowMs + CLAIM_MS : nowMs
    this.#webhooks.add({ ...kept, dueMs })
    this.#dues().set(lane, Math.min(this.#dues().get(lane) ?? Infinity, dueMs))
    if (!isFree) return
    this.#take(lane, dueMs)
    this.#claimed.push(kept)
  }

  /** Begins what is due, the lane that waits longest first. */
  #begin(nowMs: number): void {
    for (;;) {
      const [lane] = [...this.#dues().keys()]
        .filter((each) => this.#mayBegin(each) && this.#dueMs(each) <= nowMs)
        .toSorted((a, b) => this.#dueMs(a) - this.#dueMs(b))
      if (lane === undefined) return
      const kept = this.#webhooks.first(lane)
      if (kept === undefined || (kept.dueMs ?? Infinity) > nowMs) {
        this.#readLane(lane)
        continue
      }
      const untilMs = nowMs + CLAIM_MS
      this.#webhooks.claim(kept, untilMs)
      this.#take(kept.lane, untilMs)
      void this.#attempt(kept)
    }
  }

  #mayBegin(lane: string): boolean {
    const turns = [...this.#underWay.values()]
    if (this.#underWay.has(lane) || turns.length >= MAX_UNDER_WAY) return false
    const failing = turns.filter(({ isFailing }) => isFailing).length
    return !this.#troubles.has(lane) || failing < MAX_FAILING_UNDER_WAY
  }

  #dueMs(lane: string): number {
    return Math.max(this.#dues().get(lane) ?? 0, this.#troubles.get(lane)?.untilMs ?? 0)
  }

  #take(lane: string, untilMs: number): void {
    const over = Promise.withResolvers<void>()
    this.#underWay.set(lane, { untilMs, isFailing: this.#troubles.has(lane), over })
  }

  /** Sends what is claimed, and writes what came of it. Never rejects. */
  async #attempt(kept: Kept): Promise<void> {
    const { lane, delivery, endpointId } = kept
    const turn = this.#underWay.get(lane)
    const atMs = Date.now()
    const url = this.endpoints.find(endpointId)?.url ?? delivery.url
    try {
      const answer = await this.#answerTo(kept, url)
      this.#underWay.delete(lane)
      this.#settle({ ...kept, delivery: { ...delivery, url } }, answer, atMs)
    } catch (error) {
      // The claim stands, and is found again once it is old.
      if (this.#underWay.get(lane) === turn) this.#underWay.delete(lane)
      logError('webhook_not_settled', error, { delivery_id: delivery.id })
    } finally {
      turn?.over.resolve()
    }
  }

  async #answerTo({ endpointId, delivery, body }: Kept, url: string): Promise<Answer> {
    const { send, meta } = this.#parts
    const kept = this.endpoints.find(endpointId)?.secrets ?? this.endpoints.accountSecrets()
    const secrets = signingSecrets(kept, Date.now())
    let answer = noAnswer('timed_out')
    const sending = send({
      id: delivery.id,
      url,
      body,
      secrets,
      ownOrigin: meta.webhookOrigin(),
    }).then(
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
    this.#noteTrouble(lane, health === 'alive', retryAfterMs ?? 0, nowMs)
    this.#parts.journal.atomically(null, nowMs, () => {
      // What was forgotten meanwhile, or canceled, stays so; what has arrived has arrived.
      const isOver = kept?.dueMs === null && delivery.state === 'pending'
      if (kept !== undefined) {
        const after = isOver ? { ...delivery, state: kept.delivery.state } : delivery
        this.#webhooks.settle(endpointId, after, isOver ? null : dueMs)
      }
      if (endpoint?.url === url) this.endpoints.noteAttempt(endpoint, health, nowMs)
      this.#readLane(lane)
    })
  }

  #noteTrouble(lane: string, isAlive: boolean, retryAfterMs: number, nowMs: number): void {
    if (isAlive) return void this.#troubles.delete(lane)
    const failures = (this.#troubles.get(lane)?.failures ?? 0) + 1
    const pauseMs = Math.min(backoffMs(failures, 0) ?? Infinity, LONGEST_LANE_PAUSE_MS)
    this.#troubles.set(lane, { failures, untilMs: nowMs + Math.max(pauseMs, retryAfterMs) })
  }

  #readLane(lane: string): void {
    const dueMs = this.#webhooks.first(lane)?.dueMs
    if (dueMs === null || dueMs === undefined) {
      this.#dues().delete(lane)
      this.#troubles.delete(lane)
    } else this.#dues().set(lane, dueMs)
  }

  #dues(): Map<string, number> {
    this.#lanes ??= this.#webhooks.lanes()
    return this.#lanes
  }
}

const isTold = (event: StoredEvent): event is StoredEvent & { readonly type: WebhookEventType } =>
  WEBHOOK_EVENTS.some((told) => told === event.type)

const newMessageId = (nowMs: number): string =>
  makeId('msg', nowMs, crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))

const newDelivery = (
  made: Pick<DeliveryRecord, 'id' | 'type' | 'generationId' | 'url'>,
  nowMs: number,
): DeliveryRecord => ({
  ...made,
  state: 'pending',
  attempts: [],
  tries: 0,
  triedSinceMs: nowMs,
  createdAtMs: nowMs,
})
