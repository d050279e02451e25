/** Outgoing webhooks: each message is stored with the change that causes it, and then retried. */
import { noAnswer } from '../../adapters/standard-webhooks.ts'
import { log, logError } from '../../adapters/log.ts'
import { newId } from '../../adapters/new-id.ts'
import { TEST_EVENT, WEBHOOK_EVENTS, type WebhookEventType } from '../../contract/webhook.ts'
import type { OwnEventType } from '../../domain/account-event.ts'
import { renderEvent, type StoredEvent } from '../../domain/generation/event.ts'
import type { SendResult, WebhooksApi } from '../../domain/webhook/calls.ts'
import {
  type Answer,
  bodyOf,
  type Message,
  newDelivery,
  settleDelivery,
} from '../../domain/webhook/delivery.ts'
import { signingSecrets } from '../../domain/webhook/endpoint.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Change } from '../generations/journal.ts'
import { isDoneWithin } from '../patience.ts'
import { rpcTarget } from '../rpc.ts'
import { createEndpoints, OWN } from './endpoints.ts'
import { CLAIM_MS, createLanes } from './lanes.ts'
import { createWebhookStore, type Kept } from './store.ts'

/** Makes one attempt, outside the object. After {@link PATIENCE_MS} it counts as timed out. */
export type SendWebhook = (message: Message) => Promise<Answer>

/** An attempt takes 15 s at most. */
const PATIENCE_MS = 20_000

export type Deliveries = ReturnType<typeof createDeliveries>

export const createDeliveries = (core: Core, events: AccountLog, send: SendWebhook) => {
  const { journal, meta } = core
  const webhooks = createWebhookStore(core.sql)
  const lanes = createLanes(webhooks)
  const endpoints = createEndpoints(core, webhooks, () => lanes.forget())
  /** Claimed in the current transaction, and started once it is committed. */
  let claimed: Kept[] = []
  core.onRollback(() => {
    for (const { lane } of claimed) lanes.release(lane)
    claimed = []
    lanes.forget()
  })

  /**
   * @param own the `webhook_url` of the generation or schedule itself
   * @param data called only if somebody receives the message
   */
  const owe = (
    type: WebhookEventType,
    generationId: string | null,
    own: string | null,
    nowMs: number,
    data: () => object,
  ): void => {
    const to = endpoints.wanting(type).map(({ id, url }) => ({ endpointId: id, url, lane: id }))
    if (own !== null) {
      to.push({ endpointId: OWN, url: own, lane: new URL(own).origin })
      if (endpoints.accountSecrets().length === 0) endpoints.rotateAccountSecret()
    }
    if (to.length === 0) return
    const body = bodyOf(type, nowMs, data())
    const id = newId('msg', nowMs)
    for (const { url, ...where } of to) {
      const delivery = newDelivery({ id, type, generationId, url }, nowMs)
      add({ ...where, body, dueMs: nowMs, delivery }, nowMs)
    }
  }

  const sendNow = async (kept: Kept, write: (kept: Kept) => void): Promise<SendResult> => {
    const { lane, endpointId, delivery } = kept
    lanes.noteSuccess(lane)
    journal.atomically(null, Date.now(), () => write(kept))
    await isDoneWithin(lanes.turn(lane)?.over.promise ?? Promise.resolve(), PATIENCE_MS)
    const sent = webhooks.read(endpointId, delivery.id)
    return sent === undefined ? { type: 'not_found' } : { type: 'sent', sent }
  }

  /** Adds a delivery. If it is its turn, it is claimed in the same write, which saves a row. */
  const add = (kept: Kept, nowMs: number): void => {
    const { lane } = kept
    const isFree = lanes.isFree(lane, nowMs)
    const dueMs = isFree ? nowMs + CLAIM_MS : nowMs
    webhooks.add({ ...kept, dueMs })
    lanes.owe(lane, dueMs)
    if (!isFree) return
    lanes.take(lane, dueMs)
    claimed.push(kept)
  }

  const begin = (nowMs: number): void => {
    for (;;) {
      const lane = lanes.next(nowMs)
      if (lane === undefined) return
      const kept = webhooks.first(lane)
      if (kept === undefined || (kept.dueMs ?? Infinity) > nowMs) {
        lanes.read(lane)
        continue
      }
      const untilMs = nowMs + CLAIM_MS
      webhooks.claim(kept, untilMs)
      lanes.take(kept.lane, untilMs)
      void attempt(kept)
    }
  }

  /** Sends a claimed delivery and stores the outcome. Never rejects. */
  const attempt = async (kept: Kept): Promise<void> => {
    const { lane, delivery, endpointId } = kept
    const turn = lanes.turn(lane)
    const atMs = Date.now()
    const url = endpoints.find(endpointId)?.url ?? delivery.url
    try {
      const answer = await answerTo(kept, url)
      lanes.release(lane)
      settle({ ...kept, delivery: { ...delivery, url } }, answer, atMs)
    } catch (error) {
      // The claim stays, and is taken again once it is old.
      if (lanes.turn(lane) === turn) lanes.release(lane)
      logError('webhook_not_settled', error, { delivery_id: delivery.id })
    } finally {
      turn?.over.resolve()
    }
  }

  const answerTo = async ({ endpointId, delivery, body }: Kept, url: string): Promise<Answer> => {
    const secrets = signingSecrets(endpoints.secretsOf(endpointId), Date.now())
    const message = { id: delivery.id, url, body, secrets, ownOrigin: meta.webhookOrigin() }
    const sending = send(message).catch((error: unknown) => {
      logError('webhook_not_sent', error, { delivery_id: delivery.id })
      return noAnswer('unreachable')
    })
    const isAnswered = await isDoneWithin(sending, PATIENCE_MS)
    return isAnswered ? sending : noAnswer('timed_out')
  }

  const settle = ({ endpointId, lane, ...sent }: Kept, answered: Answer, atMs: number): void => {
    const { retryAfterMs, ...answer } = answered
    const nowMs = Date.now()
    const { url } = sent.delivery
    const kept = webhooks.read(endpointId, sent.delivery.id)
    const endpoint = endpoints.find(endpointId)
    const attempt = { atMs, tookMs: Math.max(0, nowMs - atMs), ...answer }
    const before = { ...(kept?.delivery ?? sent.delivery), url }
    const { delivery, health, dueMs } = settleDelivery(before, attempt, retryAfterMs, Math.random())
    if (health === 'alive') lanes.noteSuccess(lane)
    else lanes.noteFailure(lane, retryAfterMs ?? 0, nowMs)
    journal.atomically(null, nowMs, () => {
      // A delivery deleted or canceled in the meantime stays so, but one that arrived has arrived.
      const isOver = kept?.dueMs === null && delivery.state === 'pending'
      if (kept !== undefined) {
        const after = isOver ? { ...delivery, state: kept.delivery.state } : delivery
        webhooks.settle(endpointId, after, isOver ? null : dueMs)
      }
      if (endpoint?.url === url) endpoints.noteAttempt(endpoint, health, nowMs)
      lanes.read(lane)
    })
    // Once that is stored: if it is not, the same attempt is made again.
    const isLost = health === 'given_up' || health === 'gone'
    if (isLost) log('webhook_given_up', { endpoint_id: endpointId, health })
  }
  return {
    isInMemory: true as const,
    endpoints,
    /** Sends an event that no generation has. Called inside the transaction that causes it. */
    announce: (type: OwnEventType, data: object, webhookUrl: string | null, nowMs: number) => {
      events.append(type, data, nowMs)
      owe(type, null, webhookUrl, nowMs, () => data)
    },
    onChange: ({ after, events }: Change, nowMs: number): void => {
      const { id: generationId, webhookUrl = null } = after
      for (const event of events) {
        if (!isTold(event)) continue
        const data = () => {
          const rendered = renderEvent(event, after, meta.webhookOrigin())
          return 'generation' in rendered ? rendered.generation : rendered
        }
        owe(event.type, generationId, webhookUrl, nowMs, data)
      }
    },
    afterCommit: (): void => {
      const toSend = claimed
      claimed = []
      for (const kept of toSend) void attempt(kept)
      if (!lanes.areEmpty()) begin(Date.now())
    },
    nextDueMs: () => lanes.nextDueMs(),
    runDue: async (nowMs: number): Promise<void> => {
      begin(nowMs)
      await lanes.allOver()
    },
    /** Sends a test message and waits for the outcome. */
    test: async (endpointId: string): Promise<SendResult> => {
      const nowMs = Date.now()
      const endpoint = endpoints.find(endpointId)
      if (endpoint === undefined) return { type: 'not_found' }
      if (endpoint.disabledReason !== null) return { type: 'disabled' }
      const { url } = endpoint
      const made = { id: newId('msg', nowMs), type: TEST_EVENT, generationId: null, url } as const
      const body = bodyOf(TEST_EVENT, nowMs, { webhook_id: endpointId })
      const where = { endpointId, lane: endpointId, dueMs: nowMs }
      const delivery = newDelivery(made, nowMs)
      return sendNow({ ...where, body, delivery }, (kept) => add(kept, nowMs))
    },
    /** Sends a delivery again, with the same id and body. */
    resend: async (endpointId: string, id: string): Promise<SendResult> => {
      const nowMs = Date.now()
      const kept = webhooks.read(endpointId, id)
      if (kept === undefined) return { type: 'not_found' }
      const endpoint = endpoints.find(endpointId)
      if (endpointId !== OWN && endpoint?.disabledReason !== null) return { type: 'disabled' }
      const state = 'pending' as const
      const delivery = { ...kept.delivery, state, tries: 0, triedSinceMs: nowMs }
      return sendNow({ ...kept, delivery, dueMs: nowMs }, (again) => {
        webhooks.settle(endpointId, again.delivery, nowMs)
        lanes.owe(again.lane, nowMs)
      })
    },
    /** Newest first; undefined if there is no such endpoint. */
    list: (id: string, limit: number, beforeId: string | null): Kept[] | undefined =>
      id === OWN || endpoints.find(id) !== undefined
        ? webhooks.list(id, limit, beforeId)
        : undefined,
    /** Called inside the transaction that deletes the generation. */
    forget: (generationId: string): void => {
      webhooks.forget(generationId)
      lanes.forget()
    },
  }
}

/** The Worker's calls for them, and for their endpoints. */
export const createWebhooksRpc = ({ endpoints, test, resend, list }: Deliveries) =>
  rpcTarget<WebhooksApi>({
    create: endpoints.create,
    update: endpoints.update,
    rotateSecret: endpoints.rotateSecret,
    rotateAccountSecret: endpoints.rotateAccountSecret,
    remove: endpoints.remove,
    get: (id) => endpoints.find(id) ?? null,
    list: endpoints.list,
    test,
    resend,
    deliveries: (id, limit, beforeId) => {
      const found = list(id, limit + 1, beforeId)
      if (found === undefined) return null
      const page = found.slice(0, limit).map(({ delivery, dueMs }) => ({ delivery, dueMs }))
      return { deliveries: page, hasMore: found.length > limit }
    },
  })

const isTold = (event: StoredEvent): event is StoredEvent & { readonly type: WebhookEventType } =>
  WEBHOOK_EVENTS.some((told) => told === event.type)
