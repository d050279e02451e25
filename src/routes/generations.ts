/** `/v1/generations`: ask for a video, and follow what becomes of it. */
import { Hono, type Context } from 'hono'
import * as z from 'zod/mini'
import type { AdmitResult, Patience, View } from '../account/api.ts'
import { isFinal, STATUSES } from '../contract/status.ts'
import { generationRequest } from '../contract/input.ts'
import { renderEvent } from '../domain/event.ts'
import { GENERATION_ID } from '../domain/generation-id.ts'
import type { GenerationRecord } from '../domain/generation.ts'
import { readPrefer } from '../domain/prefer.ts'
import { problemOfRefusal, retryAfterSeconds } from '../domain/refusal.ts'
import { renderGeneration } from '../domain/render.ts'
import type { AppEnv } from './gateway.ts'
import { notFound, problem } from './problem.ts'
import { isoTime, jsonBody, query, wholeNumber } from './validate.ts'

/** A POST answers when fal has, or after this long with what is known. */
const ANSWER_PATIENCE_MS = 10_000

/** 1 to 255 visible characters. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

const listQuery = z.optional(
  z.strictObject({
    limit: z.optional(wholeNumber(1, 100)),
    cursor: z.optional(
      z.string().check(z.regex(GENERATION_ID, { error: 'is not a cursor of this list' })),
    ),
    status: z.optional(z.enum(STATUSES, { error: `must be one of ${STATUSES.join(', ')}` })),
    schedule_id: z.optional(z.string()),
    created_after: z.optional(isoTime),
    created_before: z.optional(isoTime),
  }),
)

const retryRequest = z.strictObject({
  /** Retry although the first one may have been paid for. */
  accept_double_charge: z.optional(z.boolean({ error: 'must be true or false' })),
})

export const generations = new Hono<AppEnv>()
  .post('/', jsonBody(generationRequest), async (c) => {
    const { metadata = {}, ...input } = c.req.valid('json')
    const asked = await readSpending(c, JSON.stringify(['create', input, sorted(metadata)]))
    if (asked instanceof Response) return asked
    const result = await account(c).admit({ ...asked.spending, input, metadata })
    return admitted(c, result, asked.waits)
  })
  .get('/', query(listQuery), async (c) => {
    const {
      limit = 20,
      cursor,
      status,
      schedule_id,
      created_after,
      created_before,
    } = c.req.valid('query') ?? {}
    const { records, hasMore } = await account(c).list({
      limit,
      ...(cursor === undefined ? {} : { beforeId: cursor }),
      ...(status === undefined ? {} : { status }),
      ...(schedule_id === undefined ? {} : { scheduleId: schedule_id }),
      ...(created_after === undefined ? {} : { createdAfterMs: Date.parse(created_after) }),
      ...(created_before === undefined ? {} : { createdBeforeMs: Date.parse(created_before) }),
    })
    const nextCursor = hasMore ? (records.at(-1)?.id ?? null) : null
    return c.json(
      {
        object: 'list' as const,
        data: records.map((record) => renderGeneration(record)),
        has_more: hasMore,
        next_cursor: nextCursor,
      },
      200,
    )
  })
  .get('/:id', async (c) => {
    const found = await find(c, c.req.param('id'))
    return found === null ? notFound(c) : one(c, found)
  })
  .get('/:id/events', async (c) => {
    const id = c.req.param('id')
    if (!GENERATION_ID.test(id)) return notFound(c)
    const lastId = c.req.header('last-event-id') ?? '0'
    if (!/^\d{1,6}$/.test(lastId)) {
      return problem(c, 'invalid_header', 'Last-Event-ID must be the number of an event')
    }
    if (wantsJson(c.req.header('accept'))) {
      const log = await account(c).events(id, Number(lastId))
      if (log === null) return notFound(c)
      const data = log.events.map((event) => renderEvent(event, log.record))
      return c.json({ object: 'list' as const, data }, 200)
    }
    const stream = await account(c).fetch(
      new Request(`https://account/events?id=${id}&after=${lastId}`, { signal: c.req.raw.signal }),
    )
    if (stream.status === 404) return notFound(c)
    if (stream.status === 204) return c.body(null, 204)
    return c.body(stream.body ?? '', 200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
  })
  .post('/:id/cancel', async (c) => {
    const id = c.req.param('id')
    if (!GENERATION_ID.test(id)) return notFound(c)
    const result = await account(c).cancel(id)
    if (result.type === 'not_found') return notFound(c)
    const generation = renderGeneration(result.view.record, result.view)
    if (result.type === 'already_final') {
      return problem(c, 'already_final', `it is ${generation.status}, which is final`, {
        generationId: id,
      })
    }
    return result.type === 'canceled' ? c.json(generation, 200) : c.json(generation, 202)
  })
  .post('/:id/retry', jsonBody(retryRequest), async (c) => {
    const id = c.req.param('id')
    if (!GENERATION_ID.test(id)) return notFound(c)
    const acceptDoubleCharge = c.req.valid('json').accept_double_charge ?? false
    const asked = await readSpending(c, JSON.stringify(['retry', id]))
    if (asked instanceof Response) return asked
    const request = { ...asked.spending, retryOf: id, acceptDoubleCharge }
    const result = await account(c).retry(request)
    switch (result.type) {
      case 'not_found':
        return notFound(c)
      case 'still_open':
        return problem(c, 'still_open', 'only what has ended is retried', { generationId: id })
      case 'not_retryable':
        return problem(c, 'not_retryable', 'it is completed: create a new generation instead', {
          generationId: id,
        })
      case 'outcome_unknown':
        return problem(
          c,
          'outcome_unknown',
          'it may have been paid for; send {"accept_double_charge": true} to retry all the same',
          { generationId: id },
        )
      default:
        return admitted(c, result, asked.waits)
    }
  })

/** The generation that fal's request id belongs to. */
export const requests = new Hono<AppEnv>().get('/:fal_request_id', async (c) => {
  const falRequestId = c.req.param('fal_request_id')
  const owner = await c.get('gateway').readRequestOwner(falRequestId)
  if (owner !== null && owner.account_id !== c.get('principal').accountId) return notFound(c)
  const found =
    owner === null
      ? await account(c).getByRequest(falRequestId)
      : await find(c, owner.generation_id)
  return found === null ? notFound(c) : one(c, found)
})

const account = (c: Context<AppEnv>) => c.get('gateway').account(c.get('principal').accountId)

/** From KV when it is settled, without waking the account; else from the account itself. */
const find = async (c: Context<AppEnv>, id: string): Promise<View | null> => {
  if (!GENERATION_ID.test(id)) return null
  const settled = await c.get('gateway').readSettled(id)
  if (settled === null) return account(c).get(id)
  return settled.accountId === c.get('principal').accountId
    ? { record: settled, expected: null }
    : null
}

/** One generation: cacheable once it is final, and until then a hint when to ask again. */
const one = (c: Context<AppEnv>, view: View) => {
  const { record } = view
  const headers = falHeaders(record)
  if (!isFinal(record.status)) {
    return c.json(renderGeneration(record, view), 200, {
      ...headers,
      'retry-after': String(askAgainSeconds(view)),
      'cache-control': 'no-store',
    })
  }
  const etag = `"${record.id}-${record.status}-${record.cost.state}"`
  const cached = { ...headers, etag, 'cache-control': 'private, no-cache' }
  const known = (c.req.header('if-none-match') ?? '').split(',').map((tag) => tag.trim())
  if (known.includes(etag) || known.includes('*')) return c.body(null, 304, cached)
  return c.json(renderGeneration(record), 200, cached)
}

const falHeaders = (record: GenerationRecord): Record<string, string> =>
  record.falRequestId === null ? {} : { 'x-fal-request-id': record.falRequestId }

/** From how long its kind took in the past, with a second at least and a minute at most. */
const askAgainSeconds = ({ record, expected }: View): number => {
  if (expected === null) return 5
  const elapsedSeconds = (Date.now() - (record.sentAtMs ?? record.createdAtMs)) / 1000
  const left = elapsedSeconds < expected.p50 ? expected.p50 - elapsedSeconds : expected.p90 / 10
  return Math.min(60, Math.max(1, Math.round(left)))
}

const wantsJson = (accept: string | undefined): boolean =>
  accept !== undefined &&
  /application\/(\*|json)/i.test(accept) &&
  !/text\/event-stream/i.test(accept)

const sorted = (pairs: Readonly<Record<string, string>>) =>
  Object.entries(pairs).toSorted(([a], [b]) => (a < b ? -1 : 1))

/** What every request that spends has in common, or the refusal of its headers. */
const readSpending = async (c: Context<AppEnv>, canonicalRequest: string) => {
  const prefer = readPrefer(c.req.header('prefer'))
  if (prefer.type === 'invalid') {
    return problem(c, 'invalid_header', 'Prefer must be wait, or wait=<seconds>')
  }
  const key = c.req.header('idempotency-key')
  if (key !== undefined && !IDEMPOTENCY_KEY.test(key)) {
    return problem(c, 'invalid_header', 'Idempotency-Key must be 1 to 255 visible characters')
  }
  const gateway = c.get('gateway')
  const { accountId, keyId } = c.get('principal')
  const patience: Patience =
    prefer.type === 'wait'
      ? { for: 'end', ms: prefer.seconds * 1000 }
      : { for: 'answer', ms: ANSWER_PATIENCE_MS }
  const spending = {
    id: gateway.newGenerationId(),
    accountId,
    keyId,
    idempotency:
      key === undefined ? null : { key, fingerprint: await gateway.fingerprint(canonicalRequest) },
    webhookOrigin: await gateway.webhookOrigin(),
    patience,
  }
  return { spending, waits: prefer.type === 'wait' ? prefer.seconds : null }
}

/** Answers a POST that spends: the generation, or why there will be none. */
const admitted = (c: Context<AppEnv>, result: AdmitResult, waits: number | null) => {
  if (result.type === 'key_reused') {
    return problem(
      c,
      'idempotency_key_reused',
      'this Idempotency-Key was used for a different request within the last day',
      { generationId: result.generationId },
    )
  }
  const { view, replayed } = result
  const { record } = view
  const headers = {
    ...falHeaders(record),
    ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
    ...(waits === null ? {} : { 'preference-applied': `wait=${waits}` }),
  }
  if (record.refusedAtSubmit && record.failure !== null) {
    const code = problemOfRefusal(record.failure.code)
    const afterSeconds = retryAfterSeconds(code)
    return problem(c, code, record.failure.message, {
      generationId: record.id,
      retryable: record.failure.retryable,
      headers,
      ...(record.failure.fields === undefined ? {} : { errors: record.failure.fields }),
      ...(afterSeconds === undefined ? {} : { retryAfterSeconds: afterSeconds }),
    })
  }
  const generation = renderGeneration(record, view)
  const located = { ...headers, location: `/v1/generations/${record.id}` }
  if (waits !== null && isFinal(record.status)) return c.json(generation, 200, located)
  return c.json(generation, 202, located)
}
