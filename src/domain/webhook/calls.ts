/** What the Worker can ask of an account about outgoing webhooks. */
import type { WebhookRequest, WebhookUpdate } from '../../contract/webhook.ts'
import type { Spending } from '../generation/calls.ts'
import type { StoredDelivery } from './delivery.ts'
import type { EndpointRecord, Secret } from './endpoint.ts'

export interface UpdateWebhookRequest extends Pick<Spending, 'id' | 'keyId'> {
  readonly changes: WebhookUpdate
}

/** The outcome of a new delivery, after its first attempt or a short wait. */
export type SendResult =
  | { readonly type: 'sent'; readonly sent: StoredDelivery }
  | { readonly type: 'not_found' | 'disabled' }

export interface WebhooksApi {
  create(
    request: Pick<Spending, 'id' | 'accountId' | 'keyId'> & { readonly asked: WebhookRequest },
  ): Promise<
    | { readonly type: 'created'; readonly endpoint: EndpointRecord }
    | { readonly type: 'too_many'; readonly max: number }
  >
  update(request: UpdateWebhookRequest): Promise<EndpointRecord | null>
  rotateSecret(id: string): Promise<EndpointRecord | null>
  /** Makes or rotates the secret that signs calls to a `webhook_url`; newest first. */
  rotateAccountSecret(): Promise<readonly Secret[]>
  /** Whether the endpoint existed. Its pending deliveries are dropped. */
  remove(id: string): Promise<boolean>
  get(id: string): Promise<EndpointRecord | null>
  /** Newest first. */
  list(): Promise<readonly EndpointRecord[]>
  test(id: string): Promise<SendResult>
  resend(id: string, deliveryId: string): Promise<SendResult>
  /** Newest first; null if there is no such endpoint. */
  deliveries(
    id: string,
    limit: number,
    beforeId: string | null,
  ): Promise<{ readonly deliveries: readonly StoredDelivery[]; readonly hasMore: boolean } | null>
}
