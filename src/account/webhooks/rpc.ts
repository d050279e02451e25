/** What the Worker can ask of an account's outgoing webhooks. */
import { RpcTarget } from 'cloudflare:workers'
import type {
  CreateWebhookRequest,
  CreateWebhookResult,
  DeliveriesPage,
  SendResult,
  UpdateWebhookRequest,
  WebhooksApi,
} from '../../domain/webhook/calls.ts'
import type { EndpointRecord } from '../../domain/webhook/endpoint.ts'
import type { Secret } from '../../domain/webhook/message.ts'
import type { Deliveries } from './deliveries.ts'

export class WebhooksRpc extends RpcTarget implements WebhooksApi {
  readonly #deliveries: Deliveries

  constructor(deliveries: Deliveries) {
    super()
    this.#deliveries = deliveries
  }

  async create(request: CreateWebhookRequest): Promise<CreateWebhookResult> {
    return this.#deliveries.endpoints.create(request)
  }

  async update(request: UpdateWebhookRequest): Promise<EndpointRecord | null> {
    return this.#deliveries.endpoints.update(request)
  }

  async rotateSecret(id: string): Promise<EndpointRecord | null> {
    return this.#deliveries.endpoints.rotateSecret(id)
  }

  async rotateAccountSecret(): Promise<readonly Secret[]> {
    return this.#deliveries.endpoints.rotateAccountSecret()
  }

  async remove(id: string): Promise<boolean> {
    return this.#deliveries.endpoints.remove(id)
  }

  async get(id: string): Promise<EndpointRecord | null> {
    return this.#deliveries.endpoints.find(id) ?? null
  }

  async list(): Promise<readonly EndpointRecord[]> {
    return this.#deliveries.endpoints.list()
  }

  async test(id: string): Promise<SendResult> {
    return this.#deliveries.test(id)
  }

  async resend(id: string, deliveryId: string): Promise<SendResult> {
    return this.#deliveries.resend(id, deliveryId)
  }

  async deliveries(
    id: string,
    limit: number,
    beforeId: string | null,
  ): Promise<DeliveriesPage | null> {
    return this.#deliveries.deliveries(id, limit, beforeId)
  }
}
