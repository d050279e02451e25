/**
 * fal's own protocol, for callers who already use it: `https://queue.fal.run` is at `/queue`,
 * `https://fal.run` at the root, and fal's JavaScript client uses `/fal/proxy`. Its request ids are
 * our generation ids.
 *
 * fal's client repeats a POST after a 429, 502, 503 or 504. So none of those is answered here once
 * a generation is admitted: a submit is a 200 even if fal refused it, and the refusal shows in the
 * status and the result.
 */
import { Hono, type Context } from 'hono'
import { modelInput } from '../contract/input.ts'
import { MODEL } from '../contract/model.ts'
import { isFinal } from '../contract/status.ts'
import type { Patience } from '../domain/generation/calls.ts'
import { falLog, falResult, falStatus } from '../domain/generation/fal-view.ts'
import type { GenerationRecord } from '../domain/generation/generation.ts'
import { access, confirmed, reads, writes } from './access.ts'
import type { AppEnv } from './gateway.ts'
import { openStream, tooManyStreams } from './events.ts'
import { problem, type ProblemResponse } from './problem.ts'
import { findGeneration, originOf, ownAccount } from './reading.ts'
import { refuseSpending, replayHeaders, spend } from './spending.ts'
import { jsonBody } from './validate.ts'

/** `fal.run` holds the connection until the video is ready, but no longer than this. */
const RUN_PATIENCE: Patience = { for: 'end', ms: 600_000 }
const SUBMIT_PATIENCE: Patience = { for: 'answer', ms: 10_000 }

const TARGETS: Readonly<Record<string, string>> = { 'queue.fal.run': '/queue', 'fal.run': '' }

const SUBMIT = `/${MODEL}`
const REQUEST = '/queue/fal-ai/pika/requests/:id'

export const fal = new Hono<AppEnv>()
  .post(`/queue${SUBMIT}`, access, writes, jsonBody(modelInput), async (c) => {
    const admitted = await admit(c, c.req.valid('json'), SUBMIT_PATIENCE)
    if (admitted instanceof Response) return admitted
    const { id, queuePosition } = admitted.record
    const base = `${new URL(c.req.url).origin}/queue/fal-ai/pika/requests/${id}`
    const job = {
      status: 'IN_QUEUE',
      request_id: id,
      gateway_request_id: id,
      queue_position: queuePosition ?? 0,
      response_url: base,
      status_url: `${base}/status`,
      cancel_url: `${base}/cancel`,
    }
    return c.json(job, 200, { 'x-fal-request-id': id, ...admitted.headers })
  })
  .get(`${REQUEST}/status`, access, reads, async (c) => {
    const record = await find(c)
    if (record === undefined) return unknown(c)
    const logs = isOn(c.req.query('logs')) ? await readLogs(c, record) : null
    return c.json(falStatus(record, logs), isFinal(record.status) ? 200 : 202, {
      'x-fal-request-id': record.id,
    })
  })
  .get(`${REQUEST}/status/stream`, access, reads, async (c) => {
    const record = await find(c)
    if (record === undefined) return unknown(c)
    const logs = isOn(c.req.query('logs')) ? '1' : '0'
    const stream = await openStream(c, '/events', { id: record.id, as: 'fal', logs })
    if (stream.status === 429) return tooManyStreams(c, stream)
    if (stream.status !== 200) return unknown(c)
    return c.body(stream.body ?? '', 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-fal-request-id': record.id,
    })
  })
  .get(REQUEST, access, reads, async (c) => {
    const record = await find(c)
    return record === undefined ? unknown(c) : answerResult(c, record)
  })
  .put(`${REQUEST}/cancel`, access, writes, confirmed, async (c) => {
    const record = await find(c)
    if (record === undefined) return unknown(c)
    const result = await ownAccount(c).cancel(record.id)
    if (result.type === 'not_found') return unknown(c)
    return result.type === 'already_final'
      ? c.json({ status: 'ALREADY_COMPLETED' }, 400)
      : c.json({ status: 'CANCELLATION_REQUESTED' }, 202)
  })
  // `https://fal.run`: a single call that waits and answers the output.
  .post(SUBMIT, access, writes, jsonBody(modelInput), async (c) => {
    const admitted = await admit(c, c.req.valid('json'), RUN_PATIENCE)
    if (admitted instanceof Response) return admitted
    const { record, headers } = admitted
    if (isFinal(record.status)) return answerResult(c, record, headers)
    const pending = { detail: 'It is not done yet; ask for its status', request_id: record.id }
    return c.json(pending, 504, {
      'x-fal-request-id': record.id,
      // Keeps fal's client from sending it again.
      'x-fal-request-timeout-type': 'user',
      ...headers,
    })
  })

/** fal's JavaScript client sends everything to `/fal/proxy`, with the intended URL in a header. */
export const proxied = (c: Context<AppEnv>): Request | ProblemResponse => {
  const target = URL.parse(c.req.header('x-fal-target-url') ?? '')
  const prefix = target?.protocol === 'https:' ? TARGETS[target.host] : undefined
  if (target === null || prefix === undefined || !target.pathname.startsWith('/fal-ai/pika/')) {
    return problem(c, 'not_found', `only ${MODEL} is served here, on fal.run and queue.fal.run`)
  }
  const url = new URL(c.req.url)
  url.pathname = prefix + target.pathname
  url.search = target.search
  const request = new Request(url, c.req.raw)
  request.headers.set('X-Request-Id', c.get('requestId'))
  return request
}

const find = async (c: Context<AppEnv, typeof REQUEST>) =>
  (await findGeneration(c, c.req.param('id')))?.record

/** Admits the request, or returns a refusal, for which nothing was spent. */
const admit = async (c: Context<AppEnv>, input: GenerationRecord['input'], patience: Patience) => {
  if (c.req.query('fal_webhook') !== undefined) return refuseWebhook(c)
  const result = await spend(c, JSON.stringify(['create', input, []]), (spending) =>
    ownAccount(c).admit({ ...spending, patience, input, metadata: {}, via: 'fal' }),
  )
  if (result instanceof Response) return result
  if (result.type !== 'admitted') return refuseSpending(c, result)
  return { record: result.view.record, headers: replayHeaders(result.replayed) }
}

const answerResult = async (c: Context<AppEnv>, record: GenerationRecord, headers = {}) => {
  const { status, body } = falResult(record, await originOf(c))
  return Response.json(body, { status, headers: { 'x-fal-request-id': record.id, ...headers } })
}

const readLogs = async (c: Context<AppEnv>, record: GenerationRecord) => {
  const log = await ownAccount(c).events(record.id, 0)
  return (log?.events ?? []).flatMap((event) =>
    event.type === 'generation.log' ? [falLog(event.line, event.atMs)] : [],
  )
}

const isOn = (flag: string | undefined): boolean => flag === '1' || flag === 'true'

/** fal's answer to an unknown request id, and to one of another account. */
const unknown = (c: Context<AppEnv>) =>
  c.json({ status: 'NOT_FOUND', detail: 'Request not found' }, 404)

/** A receiver that verifies with fal's keys would have to reject the gateway's messages. */
const refuseWebhook = (c: Context<AppEnv>) => {
  const message = 'is not served here: send webhook_url with POST /v1/generations instead'
  const errors = [{ path: 'fal_webhook', message }]
  return problem(c, 'invalid_input', `fal_webhook ${message}`, { errors, in: 'query' })
}
