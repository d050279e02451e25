/** What all requests that spend share: their headers, the call to the account, their answers. */
import type { Context } from 'hono'
import type { AdmitResult, Patience, Spending } from '../domain/generation/calls.ts'
import { isFinal } from '../contract/status.ts'
import { toUsd } from '../contract/units.ts'
import { renderLimit } from '../domain/budget.ts'
import { CLIENT_SECRET_SECONDS } from '../domain/generation/permit.ts'
import { readPrefer } from '../domain/prefer.ts'
import { whyNotAdmitted } from '../domain/generation/admission.ts'
import { identityOf } from '../domain/generation/orphan.ts'
import { listeningUntil } from '../domain/generation/render.ts'
import { keyInvalid } from './access.ts'
import { AccountUnreachable, type AppEnv } from './gateway.ts'
import { deleted, problem, type ProblemResponse, unreachable } from './problem.ts'
import { falHeaders, ownAccount, render } from './reading.ts'

/** A POST answers when fal has, or after this long with what is known by then. */
const ANSWER_PATIENCE_SECONDS = 10

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

/**
 * Has the account admit what a request asks for. A problem is the answer to headers that are not
 * valid, or to a call that did not reach the account.
 *
 * @param others what else of the body makes a request without a key the same one
 */
export const spend = async <T>(
  c: Context<AppEnv>,
  canonicalRequest: string,
  call: (spending: Spending) => Promise<T>,
  others: Readonly<Record<string, unknown>> = {},
): Promise<T | ProblemResponse> => {
  const seconds = readPrefer(c.req.header('prefer'))
  if (seconds === 'invalid') {
    return problem(c, 'invalid_header', 'Prefer must be wait, or wait=<seconds>')
  }
  const idempotency = await readIdempotency(c, canonicalRequest)
  if (idempotency instanceof Response) return idempotency
  const gateway = c.get('gateway')
  const { accountId, keyId } = c.get('principal')
  const ms = (seconds ?? ANSWER_PATIENCE_SECONDS) * 1000
  const patience: Patience = { for: seconds === null ? 'answer' : 'end', ms }
  const id = gateway.newId('gen')
  const webhookOrigin = await gateway.webhookOrigin()
  const hasKey = idempotency !== null
  const identity = hasKey ? undefined : identityOf(keyId, c.req.path, canonicalRequest, others)
  if (identity !== undefined) watchCaller(c, id, identity)
  const spending = { id, accountId, keyId, idempotency, identity, webhookOrigin, patience }
  const result = await admitSafely(c, () => call(spending))
  if (result !== undefined) return result
  return outOfReach(c, 'generation', hasKey, id)
}

/** The account may have stored it all the same, so only a request with a key is sent again. */
export const outOfReach = (c: Context, what: string, hasKey: boolean, generation_id?: string) => {
  const advice = hasKey
    ? 'send it again with the same Idempotency-Key'
    : `look for the ${what} before you send it again`
  return unreachable(c, advice, { generation_id, retryable: hasKey })
}

/**
 * Tells the account if the caller's connection breaks before the answer is sent; the signal is not
 * aborted after that. Call it before anything is admitted, since nothing after an `await` runs once
 * the caller is gone.
 *
 * @see
 * https://developers.cloudflare.com/workers/configuration/compatibility-flags/#enable-requestsignal-for-incoming-requests
 */
const watchCaller = (c: Context<AppEnv>, id: string, identity: string): void =>
  c.req.raw.signal.addEventListener('abort', () => {
    const told = admitSafely(c, () => ownAccount(c).generations.callerGone(id, identity))
    c.executionCtx.waitUntil(told)
  })

/** The idempotency key of a request, if it has one, with the request's fingerprint. */
export const readIdempotency = async (c: Context<AppEnv>, canonicalRequest: string) => {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return null
  if (!IDEMPOTENCY_KEY.test(key)) {
    return problem(c, 'invalid_header', 'Idempotency-Key must be 1 to 255 visible characters')
  }
  return { key, fingerprint: await c.get('gateway').sha256(canonicalRequest) }
}

/** Sorts the pairs: a request is the same in whatever order its metadata was written. */
export const sorted = (pairs: Readonly<Record<string, string>>) =>
  Object.entries(pairs).toSorted(([a], [b]) => (a < b ? -1 : 1))

/** How often a call that fails is tried; the id in it makes that safe. */
const ADMIT_TRIES = 3
/** Long enough for an object to move elsewhere; the second pause is twice as long. */
const LONGEST_FIRST_PAUSE_MS = 200

/**
 * Calls the account to admit something, and repeats the call if the platform says that this helps:
 * the Worker made the id, so the call admits at most one. Undefined if the account is out of reach.
 */
export const admitSafely = async <T>(
  c: Context<AppEnv>,
  call: () => Promise<T>,
): Promise<T | undefined> => {
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof AccountUnreachable)) throw error
      c.get('gateway').logError('admit_call_failed', error.cause, { tries })
      if (!error.mayRepeat || tries === ADMIT_TRIES) return undefined
    }
    // Random, so that callers that failed together do not retry together.
    const ms = LONGEST_FIRST_PAUSE_MS * tries * (0.5 + Math.random() / 2)
    await new Promise((resolve) => setTimeout(resolve, ms))
  }
}

export const refuseSpending = (c: Context, result: Exclude<AdmitResult, { type: 'admitted' }>) => {
  switch (result.type) {
    case 'key_reused':
      return keyReused(c, result.generationId)
    case 'deleted':
      return deleted(c, result.generationId)
    case 'over_budget': {
      const { spent_usd: _spent, ...limit } = renderLimit(result.limit)
      const cost = { needed_usd: toUsd(result.neededMicrousd), ...limit }
      const raises = ', or PUT /v1/accounts/:id raises it, with the scope admin'
      const resets = `it resets at ${limit.resets_at}${limit.limit.startsWith('account') ? raises : ''}`
      return problem(c, 'over_budget', `${whyNotAdmitted(result)}: ${resets}`, { cost })
    }
    case 'too_many_open':
      return problem(c, 'too_many_open', whyNotAdmitted(result), { retryAfterSeconds: 10 })
    case 'switched_off':
      return problem(c, 'switched_off', whyNotAdmitted(result))
    case 'key_invalid':
      return keyInvalid(c)
  }
}

/** Another request used the idempotency key; it may have created a generation. */
export const keyReused = (c: Context, generation_id?: string) => {
  const detail = 'this Idempotency-Key belongs to a different request; send this one with a new key'
  return problem(c, 'idempotency_key_reused', detail, { generation_id })
}

/** Marks an answer for which nothing new was created. */
export const replayHeaders = (replayed: boolean): Record<string, string> =>
  replayed ? { 'idempotent-replayed': 'true' } : {}

/** The failures of a submit that a caller gets as a problem with the same code. */
const REFUSED_AT_SUBMIT = [
  'input_refused',
  'fal_account_locked',
  'fal_queue_full',
  'fal_unavailable',
] as const

export const answerSpending = async (c: Context<AppEnv>, result: AdmitResult) => {
  if (result.type !== 'admitted') return refuseSpending(c, result)
  const { view, replayed } = result
  const { record } = view
  const { id, accountId, failure } = record
  const waits = readPrefer(c.req.header('prefer'))
  const headers = {
    ...falHeaders(record),
    ...replayHeaders(replayed),
    ...(waits !== null && { 'preference-applied': `wait=${waits}` }),
  }
  // A generation that was refused without proof may have a video by now.
  if (record.refusedAtSubmit && failure !== null && failure.lateVideo === undefined) {
    const until = listeningUntil(record)
    const still = until === null ? '' : `; it may still appear until ${until}`
    const code = REFUSED_AT_SUBMIT.find((one) => one === failure.code) ?? 'fal_refused'
    return problem(c, code, failure.message + still, {
      errors: failure.fields && [...failure.fields],
      generation_id: id,
      listening_until: until ?? undefined,
      retryable: failure.retryable,
      retryAfterSeconds:
        code === 'fal_account_locked' ? 300 : code === 'fal_queue_full' ? 30 : undefined,
      headers,
    })
  }
  const untilSeconds = Math.ceil(record.createdAtMs / 1000) + CLIENT_SECRET_SECONDS
  const client_secret = await c.get('gateway').signClientSecret(accountId, id, untilSeconds)
  const body = { ...(await render(c, view)), client_secret }
  const located = { ...headers, location: `/v1/generations/${id}` }
  if (waits !== null && isFinal(record.status)) return c.json(body, 200, located)
  return c.json(body, 202, located)
}
