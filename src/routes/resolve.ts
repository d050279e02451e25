/** `/v1/generations/:id/resolve`: a person's word on what fal does not report. */
import * as z from 'zod/mini'
import { yesOrNo } from '../contract/field.ts'
import { FAL_REQUEST_ID } from '../contract/id.ts'
import { toIso } from '../contract/units.ts'
import type { Word } from '../domain/account.ts'
import { operator, scope } from './access.ts'
import { newRoutes } from './gateway.ts'
import { notFound, problem } from './problem.ts'
import { mayName, missing, ownAccount, render } from './reading.ts'
import { jsonBody } from './validate.ts'

/** What a person knows: whether it was paid for, or which request it is. */
export const resolveRequest = z.union(
  [
    z.strictObject({
      /** Whether it was paid for. */
      charged: yesOrNo,
    }),
    z.strictObject({
      /** fal's id of the request that made it. */
      fal_request_id: z.string().check(z.regex(FAL_REQUEST_ID)),
    }),
  ],
  { error: 'must have either charged (true or false) or fal_request_id' },
)

const NOT_RESOLVABLE =
  'only a generation that is unconfirmed two minutes after it was sent, or failed with its cost unknown, can be resolved, and only once'

export const resolve = newRoutes().post(
  '/:id/resolve',
  scope('admin'),
  operator,
  jsonBody(resolveRequest),
  async (c) => {
    const id = c.req.param('id')
    if (!mayName(c, id)) return notFound(c)
    const said = c.req.valid('json')
    const word: Word =
      'charged' in said
        ? { type: 'cost', charged: said.charged }
        : { type: 'request', falRequestId: said.fal_request_id }
    // Only KV knows the requests of other accounts.
    const owner =
      word.type === 'request' ? await c.get('gateway').readRequestOwner(word.falRequestId) : null
    const isTaken = owner !== null && owner.generation_id !== id
    const result = isTaken
      ? ({ type: 'request_taken' } as const)
      : await ownAccount(c).generations.resolve(id, word)
    const extras = { generationId: id }
    switch (result.type) {
      case 'resolved':
        return c.json(await render(c, result.view), 200)
      case 'not_found':
        return missing(c, id)
      case 'too_early': {
        const detail = `fal may still report on it until ${toIso(result.untilMs)}`
        return problem(c, 'not_resolvable', detail, { ...extras, retryable: true })
      }
      case 'not_resolvable':
        return problem(c, 'not_resolvable', NOT_RESOLVABLE, extras)
      case 'request_taken':
        return problem(c, 'not_resolvable', 'that request belongs to another generation', extras)
      case 'unknown_to_fal': {
        const message = 'is unknown to fal, or no longer known'
        const errors = [{ path: 'fal_request_id', message }]
        return problem(c, 'invalid_input', 'fal knows no such request', { errors })
      }
      case 'fal_silent':
        return problem(c, 'unavailable', 'fal did not answer about that request', {
          retryAfterSeconds: 10,
        })
    }
  },
)
