/** How a generation ended: what fal reports to `/callbacks/fal/…`, and what a person resolves. */
import * as z from 'zod/mini'
import { yesOrNo } from '../contract/field.ts'
import { FAL_REQUEST_ID, GENERATION_ID } from '../contract/id.ts'
import type { ProblemCode } from '../contract/problem.ts'
import { toIso } from '../contract/units.ts'
import type { Word } from '../domain/account.ts'
import { operator, scope } from './access.ts'
import { type HookFault, newRoutes } from './gateway.ts'
import { notFound, problem } from './problem.ts'
import { missing, ofGeneration, ownAccount, render } from './reading.ts'
import { jsonBody } from './validate.ts'

const MAX_BODY_BYTES = 1024 * 1024
/** fal's own bodies have a few levels. One with thousands cannot be passed to an account. */
const MAX_LEVELS = 32

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)))

/** fal's report on how a request ended. */
export const hookBody = z.looseObject({
  /** fal's id of the request. */
  request_id: z.string().check(z.regex(FAL_REQUEST_ID)),
  /** How it ended. */
  status: z.enum(['OK', 'ERROR']),
  /** The model's output, or what went wrong. */
  payload: z.unknown().check(z.refine((payload) => !isDeeperThan(MAX_LEVELS, payload))),
})

/**
 * Takes fal's webhooks. The path carries a MAC that only the gateway can make, and nothing else is
 * read before it is verified. Then size, age and signature are checked, and only then is an account
 * called. A webhook with another request id than the generation's is taken only if that request has
 * no other owner.
 */
export const callbacks = newRoutes().post('/:account/:generation/:mac', async (c) => {
  const gateway = c.get('gateway')
  if (gateway.misconfigured !== null) return problem(c, 'not_configured', gateway.misconfigured)
  const { account, generation, mac } = c.req.param()
  if (!GENERATION_ID.test(generation)) return notFound(c, 'callback')
  if (!(await gateway.checkCallbackMac(account, generation, mac))) return notFound(c, 'callback')
  const hook = await gateway.readHook(c.req.raw, MAX_BODY_BYTES)
  if (!hook.ok) return problem(c, ...WHY_NOT_READ[hook.error])
  const parsed = hookBody.safeParse(hook.value)
  if (!parsed.success) return problem(c, 'malformed_json', 'this is not a webhook from fal')
  const { request_id: falRequestId, status, payload } = parsed.data
  const falUserId = c.req.header('x-fal-webhook-user-id') ?? ''
  const said = { generationId: generation, falRequestId, falUserId, status, payload }
  if (await gateway.account(account).hookOfOwn(said)) return c.json({ outcome: 'taken' }, 200)
  // KV is slow for keys that it has not served lately: only an unknown request id is looked up.
  const owner = await gateway.readRequestOwner(falRequestId)
  if (owner !== null && owner.generation_id !== generation) {
    const ids = { generation_id: generation, fal_request_id: falRequestId }
    gateway.log('hook_names_a_request_of_another_generation', ids)
    return c.json({ outcome: 'ignored' }, 200)
  }
  return c.json({ outcome: await gateway.account(account).hook(said) }, 200)
})

const WHY_NOT_READ: Record<HookFault, [code: ProblemCode, detail: string]> = {
  too_long: ['payload_too_large', 'a webhook has at most 1 MB'],
  too_old: ['unauthorized', 'the timestamp is more than 300 s off'],
  headers_missing: ['unauthorized', 'the signature is not valid'],
  signature_wrong: ['unauthorized', 'the signature is not valid'],
  keys_unavailable: ['unavailable', "fal's public keys cannot be fetched right now"],
}

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

/** `/v1/generations/:id/resolve`: for what fal does not report. */
export const resolve = newRoutes().post(
  '/:id/resolve',
  scope('admin'),
  operator,
  jsonBody(resolveRequest),
  ofGeneration,
  async (c) => {
    const id = c.req.param('id')
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
    const extras = { generation_id: id }
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
      case 'fal_silent': {
        const detail = 'fal did not answer about that request'
        return problem(c, 'unavailable', detail, { retryAfterSeconds: 10 })
      }
    }
  },
)
