/** The Worker's calls for an account's outgoing webhooks. */
import type { WebhooksApi } from '../../domain/webhook/calls.ts'
import { rpcTarget } from '../rpc.ts'
import type { Deliveries } from './deliveries.ts'

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
