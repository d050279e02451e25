/** Reads a generation: from KV once it is settled, before that from its account. */
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { View } from '../domain/generation/calls.ts'
import { isFinal } from '../contract/status.ts'
import { GENERATION_ID } from '../contract/id.ts'
import type { GenerationRecord } from '../domain/generation/generation.ts'
import { lateResults } from '../domain/generation/other-jobs.ts'
import { NO_HOLDUP, renderGeneration } from '../domain/generation/render.ts'
import type { AppEnv } from './gateway.ts'
import { deleted, notFound, type ProblemResponse } from './problem.ts'

/** The gateway's origin: that of the request's own URL only if no other is known. */
export const originOf = async (c: Context<AppEnv>): Promise<string> =>
  (await c.get('gateway').webhookOrigin()) ?? new URL(c.req.url).origin

export const ownAccount = (c: Context<AppEnv>) =>
  c.get('gateway').account(c.get('principal').accountId)

const mayName = (c: Context<AppEnv>, id: string, form = GENERATION_ID): boolean => {
  const { onlyGeneration } = c.get('principal')
  return form.test(id) && (onlyGeneration === null || onlyGeneration === id)
}

/** Rejects an id of the wrong form, so that it wakes no account, or not of the client secret. */
export const named = (form: RegExp, what: string) =>
  createMiddleware<AppEnv>(async (c, next) =>
    mayName(c, c.req.param('id') ?? '', form) ? next() : notFound(c, what),
  )

export const ofGeneration = named(GENERATION_ID, 'generation')

/** The caller's own generation; null if it does not exist or is someone else's. */
export const findGeneration = async (c: Context<AppEnv>, id: string): Promise<View | null> => {
  if (!mayName(c, id)) return null
  const settled = await c.get('gateway').readSettled(id)
  if (settled === null) return ownAccount(c).get(id)
  return settled.accountId === c.get('principal').accountId
    ? { record: settled, expected: null, holdup: NO_HOLDUP }
    : null
}

/** Why there is no such generation: it was deleted, or the caller has none with that id. */
export const missing = async (c: Context<AppEnv>, id: string): Promise<ProblemResponse> =>
  (await ownAccount(c).generations.wasDeleted(id)) ? deleted(c, id) : notFound(c)

/** A final generation changes with late reports and a person's word; a listening one, any time. */
const etagOf = (record: GenerationRecord): Record<string, string> => {
  if (record.listening) return {}
  const { id, status, cost, falRequestId, failure, revision } = record
  const late = [lateResults(record).length, failure?.lateVideo === undefined ? '' : 'late']
  const version = [id, status, cost.state, cost.chargedMicrousd, falRequestId, revision, ...late]
  return { etag: `"${version.join('-')}"` }
}

export const render = async (c: Context<AppEnv>, view: View) =>
  renderGeneration(view.record, { ...view, origin: await originOf(c) })

/** A generation: cacheable once it is final, before that with a hint when to ask again. */
export const answerGeneration = async (c: Context<AppEnv>, view: View) => {
  const { record } = view
  const generation = await render(c, view)
  const caching: Record<string, string> = isFinal(record.status)
    ? { ...etagOf(record), 'cache-control': 'private, no-cache' }
    : { 'retry-after': String(askAgainSeconds(view)), 'cache-control': 'no-store' }
  return c.json(generation, 200, { ...falHeaders(record), ...caching })
}

/**
 * Answers 304 to a caller who already has the current version. It is a middleware, since an answer
 * without a body would hide the routes' JSON type from the client.
 */
export const cacheable = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const etag = c.res.headers.get('etag')
  const known = (c.req.header('if-none-match') ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
  if (etag === null || (!known.includes(etag) && !known.includes('*'))) return
  c.res = new Response(null, { status: 304, headers: c.res.headers })
  c.res.headers.delete('content-type')
})

export const falHeaders = (record: GenerationRecord): Record<string, string> =>
  record.falRequestId === null ? {} : { 'x-fal-request-id': record.falRequestId }

/** Derived from past durations of its kind; at least a second and at most a minute. */
const askAgainSeconds = ({ record, expected }: View): number => {
  if (expected === null) return 5
  const elapsedSeconds = (Date.now() - (record.sentAtMs ?? record.createdAtMs)) / 1000
  const left = elapsedSeconds < expected.p50 ? expected.p50 - elapsedSeconds : expected.p90 / 10
  return Math.min(60, Math.max(1, Math.round(left)))
}
