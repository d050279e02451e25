/** `/v1/requests`: generations by fal's request ids. */
import { FAL_REQUEST_ID } from '../contract/id.ts'
import { scope } from './access.ts'
import { newRoutes } from './gateway.ts'
import { notFound } from './problem.ts'
import { answerGeneration, findGeneration, notModified, ownAccount } from './reading.ts'

export const requests = newRoutes().get(
  '/:fal_request_id',
  scope('generations:read'),
  notModified,
  async (c) => {
    const falRequestId = c.req.param('fal_request_id')
    if (!FAL_REQUEST_ID.test(falRequestId)) return notFound(c)
    const owner = await c.get('gateway').readRequestOwner(falRequestId)
    if (owner !== null && owner.account_id !== c.get('principal').accountId) return notFound(c)
    const found =
      owner === null
        ? await ownAccount(c).generations.ofRequest(falRequestId)
        : await findGeneration(c, owner.generation_id)
    return found === null ? notFound(c) : answerGeneration(c, found)
  },
)
