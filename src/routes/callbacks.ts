/** `/callbacks/fal/…`: fal's reports on how jobs ended. */
import * as z from 'zod/mini'
import { FAL_REQUEST_ID, GENERATION_ID } from '../contract/id.ts'
import type { ProblemCode } from '../contract/problem.ts'
import { type HookFault, newRoutes } from './gateway.ts'
import { notFound, problem } from './problem.ts'

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
  if (gateway.misconfigured !== null) {
    return problem(c, 'not_configured', gateway.misconfigured)
  }
  const { account, generation, mac } = c.req.param()
  if (!GENERATION_ID.test(generation)) return notFound(c, 'callback')
  if (!(await gateway.checkCallbackMac(account, generation, mac))) return notFound(c, 'callback')

  const hook = await gateway.readHook(c.req.raw.headers, c.req.raw.body, MAX_BODY_BYTES)
  if (!hook.ok) return problem(c, ...WHY_NOT_READ[hook.error])
  const parsed = hookBody.safeParse(hook.value)
  if (!parsed.success) return problem(c, 'malformed_json', 'this is not a webhook from fal')
  const { request_id: falRequestId, status, payload } = parsed.data
  const falUserId = c.req.header('x-fal-webhook-user-id') ?? ''
  const said = { generationId: generation, falRequestId, falUserId, status, payload }
  if (await gateway.account(account).hookOfOwn(said)) {
    return c.json({ outcome: 'taken' as const }, 200)
  }
  // KV is slow for keys that it has not served lately, so only an unknown request id is looked up
  // there.
  const owner = await gateway.readRequestOwner(falRequestId)
  if (owner !== null && owner.generation_id !== generation) {
    const ids = { generation_id: generation, fal_request_id: falRequestId }
    gateway.log('hook_names_a_request_of_another_generation', ids)
    return c.json({ outcome: 'ignored' as const }, 200)
  }
  const outcome = await gateway.account(account).hook(said)
  return c.json({ outcome }, 200)
})

const WHY_NOT_READ: Record<HookFault, [code: ProblemCode, detail: string]> = {
  too_long: ['payload_too_large', 'a webhook has at most 1 MB'],
  too_old: ['unauthorized', 'the timestamp is more than 300 s off'],
  headers_missing: ['unauthorized', 'the signature is not valid'],
  signature_wrong: ['unauthorized', 'the signature is not valid'],
  keys_unavailable: ['unavailable', "fal's public keys cannot be fetched right now"],
}
