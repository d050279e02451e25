/** Outgoing webhooks: each message is stored with the change that causes it, then sent. */
import { noAnswer } from '../../adapters/standard-webhooks.ts'
import { log, logError } from '../../adapters/log.ts'
import { newId } from '../../adapters/new-id.ts'
import { TEST_EVENT, WEBHOOK_EVENTS, type WebhookEventType } from '../../contract/webhook.ts'
import { type OwnEventType, renderEvent, type StoredEvent } from '../../domain/generation/event.ts'
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
import { createQueue, type Kept } from './queue.ts'

/** Makes one attempt, outside the object. After {@link PATIENCE_MS} it counts as timed out. */
export type SendWebhook = (message: Message) => Promise<Answer>

/** An attempt takes 15 s at most. */
const PATIENCE_MS = 20_000

export type Deliveries = ReturnType<typeof createDeliveries>

export const createDeliveries = (core: Core, events: AccountLog, send: SendWebhook) => {
  const { journal, meta } = core
  const queue = createQueue(core, (kept, free) => attempt(kept, free))
  const endpoints = createEndpoints(core, queue)

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
      if (endpoints.secretsOf(OWN).length === 0) endpoints.calls.rotateAccountSecret()
    }
    if (to.length === 0) return
    const body = bodyOf(type, nowMs, data())
    const id = newId('msg', nowMs)
    for (const { url, ...where } of to) {
      const delivery = newDelivery({ id, type, generationId, url }, nowMs)
      queue.add({ ...where, body, delivery }, nowMs)
    }
  }

  /** Stores a delivery that somebody waits for, and sends it before its lane's pause is over. */
  const sendNow = async (
    { lane, endpointId, delivery }: Omit<Kept, 'dueMs'>,
    store: () => void,
  ): Promise<SendResult> => {
    queue.noteSuccess(lane)
    journal.atomically(null, Date.now(), store)
    await isDoneWithin(queue.turnOf(lane), PATIENCE_MS)
    const sent = queue.read(endpointId, delivery.id)
    return sent === undefined ? { type: 'not_found' } : { type: 'sent', sent }
  }

  /** Sends a claimed delivery and stores the outcome. */
  const attempt = async (claimed: Kept, free: () => void): Promise<void> => {
    const { endpointId, lane } = claimed
    const atMs = Date.now()
    const url = endpoints.find(endpointId)?.url ?? claimed.delivery.url
    const { retryAfterMs, ...answer } = await answerTo(claimed, url)
    free()
    const nowMs = Date.now()
    const kept = queue.read(endpointId, claimed.delivery.id)
    const endpoint = endpoints.find(endpointId)
    const made = { atMs, tookMs: Math.max(0, nowMs - atMs), ...answer }
    const before = { ...(kept?.delivery ?? claimed.delivery), url }
    const { delivery, health, dueMs } = settleDelivery(before, made, retryAfterMs, Math.random())
    if (health === 'alive') queue.noteSuccess(lane)
    else queue.noteFailure(lane, retryAfterMs ?? 0, nowMs)
    journal.atomically(null, nowMs, () => {
      // A delivery deleted or canceled in the meantime stays so, but one that arrived has arrived.
      const isOver = kept?.dueMs === null && delivery.state === 'pending'
      if (kept !== undefined) {
        const after = isOver ? { ...delivery, state: kept.delivery.state } : delivery
        queue.settle({ ...kept, delivery: after, dueMs: isOver ? null : dueMs })
      }
      if (endpoint?.url === url) endpoints.noteAttempt(endpoint, health, nowMs)
      queue.readLane(lane)
    })
    // Only after the commit: if that fails, the same attempt is made again.
    const isLost = health === 'given_up' || health === 'gone'
    if (isLost) log('webhook_given_up', { endpoint_id: endpointId, health })
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

  return {
    isInMemory: true as const,
    nextDueMs: queue.nextDueMs,
    runDue: queue.runDue,
    afterCommit: queue.afterCommit,
    forget: queue.forget,
    onRevoked: endpoints.onRevoked,
    /** Sends an event that no generation has. Called inside the transaction that causes it. */
    announce: (type: OwnEventType, data: object, webhookUrl: string | null, nowMs: number) => {
      events.append(type, data, nowMs)
      owe(type, null, webhookUrl, nowMs, () => data)
    },
    onChange: ({ after, events }: Change, nowMs: number): void => {
      const { id: generationId, webhookUrl = null } = after
      for (const event of events.filter(isTold)) {
        owe(event.type, generationId, webhookUrl, nowMs, () => {
          const rendered = renderEvent(event, after, meta.webhookOrigin())
          return 'generation' in rendered ? rendered.generation : rendered
        })
      }
    },
    rpc: rpcTarget<WebhooksApi>({
      ...endpoints.calls,
      test: async (endpointId) => {
        const nowMs = Date.now()
        const endpoint = endpoints.find(endpointId)
        if (endpoint === undefined) return { type: 'not_found' }
        if (endpoint.disabledReason !== null) return { type: 'disabled' }
        const { url } = endpoint
        const made = { id: newId('msg', nowMs), type: TEST_EVENT, generationId: null, url } as const
        const body = bodyOf(TEST_EVENT, nowMs, { webhook_id: endpointId })
        const delivery = newDelivery(made, nowMs)
        const message = { endpointId, lane: endpointId, body, delivery }
        return sendNow(message, () => queue.add(message, nowMs))
      },
      /** Sends it again, with the same id and body. */
      resend: async (endpointId, id) => {
        const nowMs = Date.now()
        const kept = queue.read(endpointId, id)
        if (kept === undefined) return { type: 'not_found' }
        const endpoint = endpoints.find(endpointId)
        if (endpointId !== OWN && endpoint?.disabledReason !== null) return { type: 'disabled' }
        const state = 'pending' as const
        const delivery = { ...kept.delivery, state, tries: 0, triedSinceMs: nowMs }
        return sendNow(kept, () => queue.settle({ ...kept, delivery, dueMs: nowMs }))
      },
      deliveries: (id, limit, beforeId) => {
        if (id !== OWN && endpoints.find(id) === undefined) return null
        const found = queue.list(id, limit + 1, beforeId)
        const page = found.slice(0, limit).map(({ delivery, dueMs }) => ({ delivery, dueMs }))
        return { deliveries: page, hasMore: found.length > limit }
      },
    }),
  }
}

const isTold = (event: StoredEvent): event is StoredEvent & { readonly type: WebhookEventType } =>
  WEBHOOK_EVENTS.some((told) => told === event.type)
