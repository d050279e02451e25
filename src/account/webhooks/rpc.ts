/** The Worker's calls for an account's outgoing webhooks. */
import type { WebhooksApi } from '../../domain/webhook/calls.ts'
import { rpcTarget } from '../rpc.ts'
import type { Deliveries } from './deliveries.ts'

export const createWebhooksRpc = (deliveries: Deliveries) => {
  const { endpoints } = deliveries
  return rpcTarget<WebhooksApi>({
    create: async (request) => endpoints.create(request),
    update: async (request) => endpoints.update(request),
    rotateSecret: async (id) => endpoints.rotateSecret(id),
    rotateAccountSecret: async () => endpoints.rotateAccountSecret(),
    remove: async (id) => endpoints.remove(id),
    get: async (id) => endpoints.find(id) ?? null,
    list: async () => endpoints.list(),
    test: (id) => deliveries.test(id),
    resend: (id, deliveryId) => deliveries.resend(id, deliveryId),
    deliveries: async (id, limit, beforeId) => {
      const found = endpoints.deliveriesOf(id, limit + 1, beforeId)
      if (found === undefined) return null
      const page = found.slice(0, limit).map(({ delivery, dueMs }) => ({ delivery, dueMs }))
      return { deliveries: page, hasMore: found.length > limit }
    },
  })
}
