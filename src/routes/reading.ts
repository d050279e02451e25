/** Reads a generation: from KV once it is settled, before that from its account. */
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { View } from '../domain/generation/calls.ts'
import { isFinal } from '../contract/status.ts'
import { MAX_STREAMS_OF_ACCOUNT } from '../domain/account-event.ts'
import {
  MAX_STREAMS_OF_CLIENT_SECRET,
  MAX_STREAMS_OF_GENERATION,
} from '../domain/generation/event.ts'
import { GENERATION_ID } from '../contract/id.ts'
import type { GenerationRecord } from '../domain/generation/generation.ts'
import { lateResults } from '../domain/generation/other-jobs.ts'
import { NO_HOLDUP, renderGeneration } from '../domain/generation/render.ts'
import { keyInvalid } from './access.ts'
import type { AppEnv } from './gateway.ts'
import { deleted, notFound, problem, type ProblemResponse } from './problem.ts'

/** The gateway's origin: that of the request's own URL only if no other is known. */
export const originOf = async (c: Context<AppEnv>): Promise<string> =>
  (await c.get('gateway').webhookOrigin()) ?? new URL(c.req.url).origin

export const ownAccount = (c: Context<AppEnv>) =>
  c.get('gateway').account(c.get('principal').accountId)

export const mayName = (c: Context<AppEnv>, id: string): boolean => {
  const { onlyGeneration } = c.get('principal')
  return GENERATION_ID.test(id) && (onlyGeneration === null || onlyGeneration === id)
}

/** Rejects an id of the wrong form, so that it wakes no account. */
export const named = (form: RegExp, what: string) =>
  createMiddleware<AppEnv>(async (c, next) =>
    form.test(c.req.param('id') ?? '') ? next() : notFound(c, what),
  )

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
  mayName(c, id) && (await ownAccount(c).generations.wasDeleted(id)) ? deleted(c, id) : notFound(c)

/**
 * Opens an event stream. Any answer but 200 says why there is none: 404, 401 if the key has ended,
 * 429, 410 if the events are no longer kept, and 204 if no event can follow.
 */
export const openStream = async (
  c: Context<AppEnv>,
  path: '/events' | '/account-events',
  asked: Readonly<Record<string, string>>,
): Promise<Response> => {
  const { keyId, expiresAtMs } = c.get('principal')
  const until = expiresAtMs === null ? {} : { until: String(expiresAtMs) }
  const origin = await originOf(c)
  const query = new URLSearchParams({ ...asked, origin, key: keyId, ...until })
  const url = `https://account${path}?${query.toString()}`
  return ownAccount(c).fetch(new Request(url, { signal: c.req.raw.signal }))
}

export const sendStream = async (c: Context<AppEnv>, stream: Response) => {
  if (stream.status === 401) return keyInvalid(c)
  if (stream.status === 429) return tooManyStreams(c, stream)
  return c.body(stream.body ?? '', 200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
}

/** The gateway notices within two heartbeats that a reader has left. */
const STREAM_RETRY_SECONDS = 15

const TOO_MANY: Readonly<Record<string, string>> = {
  client_secret: `this client secret has ${MAX_STREAMS_OF_CLIENT_SECRET} event streams open; close one first`,
  account: `this account has ${MAX_STREAMS_OF_ACCOUNT} streams of all its events open; poll for pages instead`,
  generation: `this generation has ${MAX_STREAMS_OF_GENERATION} event streams open; poll it instead`,
}

export const tooManyStreams = async (c: Context<AppEnv>, refused: Response) =>
  problem(c, 'too_many_streams', TOO_MANY[await refused.text()] ?? 'too many streams', {
    retryAfterSeconds: STREAM_RETRY_SECONDS,
  })

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
    : {
        'retry-after': String(askAgainSeconds(view, c.get('gateway').nowMs())),
        'cache-control': 'no-store',
      }
  return c.json(generation, 200, { ...falHeaders(record), ...caching })
}

/**
 * Answers 304 to a caller who already has the current version. It is a middleware, since an answer
 * without a body would hide the routes' JSON type from the client.
 */
export const notModified = createMiddleware<AppEnv>(async (c, next) => {
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
const askAgainSeconds = ({ record, expected }: View, nowMs: number): number => {
  if (expected === null) return 5
  const elapsedSeconds = (nowMs - (record.sentAtMs ?? record.createdAtMs)) / 1000
  const left = elapsedSeconds < expected.p50 ? expected.p50 - elapsedSeconds : expected.p90 / 10
  return Math.min(60, Math.max(1, Math.round(left)))
}
