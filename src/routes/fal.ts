/**
 * fal's own protocol, for callers who already use it: `https://queue.fal.run` is at `/queue`,
 * `https://fal.run` at the root, and fal's JavaScript client uses `/fal/proxy`. Its request ids are
 * our generation ids.
 *
 * fal's client repeats a POST after a 429, 502, 503 or 504. So none of those is answered here once
 * a generation is admitted: a submit is a 200 even if fal refused it, and the refusal shows in the
 * status and the result.
 */
import type { Context } from 'hono'
import { modelInput } from '../contract/input.ts'
import { MODEL } from '../contract/model.ts'
import { isFinal } from '../contract/status.ts'
import type { Patience } from '../domain/generation/calls.ts'
import { falLog, falResult, falStatus } from '../domain/generation/fal-view.ts'
import type { GenerationRecord } from '../domain/generation/generation.ts'
import { err, ok } from '../domain/result.ts'
import { access, confirmed, scope } from './access.ts'
import { type AppEnv, newRoutes } from './gateway.ts'
import { problem } from './problem.ts'
import { findGeneration, openStream, originOf, ownAccount, tooManyStreams } from './reading.ts'
import { refuseSpending, replayHeaders, spend } from './spending.ts'
import { jsonBody } from './validate.ts'

/** `fal.run` holds the connection until the video is ready, but no longer than this. */
const RUN_PATIENCE: Patience = { for: 'end', ms: 600_000 }
const SUBMIT_PATIENCE: Patience = { for: 'answer', ms: 10_000 }

const TARGETS: Readonly<Record<string, string>> = { 'queue.fal.run': '/queue', 'fal.run': '' }

const REQUEST = '/fal-ai/pika/requests/:id'

export const falQueue = newRoutes()
  .post(`/${MODEL}`, access, scope('generations:write'), jsonBody(modelInput), async (c) => {
    const admitted = await admit(c, c.req.valid('json'), SUBMIT_PATIENCE)
    if (!admitted.ok) return admitted.error
    const { record, headers } = admitted.value
    const { id, queuePosition } = record
    const base = `${new URL(c.req.url).origin}/queue/fal-ai/pika/requests/${id}`
    return c.json(
      {
        status: 'IN_QUEUE' as const,
        request_id: id,
        gateway_request_id: id,
        queue_position: queuePosition ?? 0,
        response_url: base,
        status_url: `${base}/status`,
        cancel_url: `${base}/cancel`,
      },
      200,
      { 'x-fal-request-id': id, ...headers },
    )
  })
  .get(`${REQUEST}/status`, access, scope('generations:read'), async (c) => {
    const found = await findGeneration(c, c.req.param('id'))
    if (found === null) return unknown(c)
    const { record } = found
    const logs = isOn(c.req.query('logs')) ? await readLogs(c, record) : null
    return c.json(falStatus(record, logs), isFinal(record.status) ? 200 : 202, {
      'x-fal-request-id': record.id,
    })
  })
  .get(`${REQUEST}/status/stream`, access, scope('generations:read'), async (c) => {
    const found = await findGeneration(c, c.req.param('id'))
    if (found === null) return unknown(c)
    const { id } = found.record
    const logs = isOn(c.req.query('logs')) ? '1' : '0'
    const stream = await openStream(c, '/events', { id, as: 'fal', logs })
    if (stream.status === 429) return tooManyStreams(c, stream)
    if (stream.status !== 200) return unknown(c)
    return c.body(stream.body ?? '', 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-fal-request-id': id,
    })
  })
  .get(REQUEST, access, scope('generations:read'), async (c) => {
    const found = await findGeneration(c, c.req.param('id'))
    return found === null ? unknown(c) : answerResult(c, found.record)
  })
  .put(`${REQUEST}/cancel`, access, scope('generations:write'), confirmed, async (c) => {
    const found = await findGeneration(c, c.req.param('id'))
    if (found === null) return unknown(c)
    const result = await ownAccount(c).cancel(found.record.id)
    if (result.type === 'not_found') return unknown(c)
    return result.type === 'already_final'
      ? c.json({ status: 'ALREADY_COMPLETED' }, 400)
      : c.json({ status: 'CANCELLATION_REQUESTED' }, 202)
  })

/** `https://fal.run`: a single call that waits and answers the output. */
export const falRun = newRoutes().post(
  `/${MODEL}`,
  access,
  scope('generations:write'),
  jsonBody(modelInput),
  async (c) => {
    const admitted = await admit(c, c.req.valid('json'), RUN_PATIENCE)
    if (!admitted.ok) return admitted.error
    const { record, headers } = admitted.value
    if (isFinal(record.status)) return answerResult(c, record, headers)
    return c.json(
      { detail: 'It is not done yet; ask for its status', request_id: record.id },
      504,
      {
        'x-fal-request-id': record.id,
        // Keeps fal's client from sending it again.
        'x-fal-request-timeout-type': 'user',
        ...headers,
      },
    )
  },
)

/** fal's JavaScript client sends everything here, with the intended URL in a header. */
export const falProxy = (
  dispatch: (request: Request, c: Context<AppEnv>) => Response | Promise<Response>,
) =>
  newRoutes().on(['GET', 'POST', 'PUT'], '/', async (c) => {
    const target = URL.parse(c.req.header('x-fal-target-url') ?? '')
    const prefix = target?.protocol === 'https:' ? TARGETS[target.host] : undefined
    if (target === null || prefix === undefined || !target.pathname.startsWith('/fal-ai/pika/')) {
      const detail = `only ${MODEL} is served here, on fal.run and queue.fal.run`
      return problem(c, 'not_found', detail)
    }
    const url = new URL(c.req.url)
    url.pathname = prefix + target.pathname
    url.search = target.search
    return dispatch(new Request(url, c.req.raw), c)
  })

/** Admits the request, or returns a refusal, for which nothing was spent. */
const admit = async (c: Context<AppEnv>, input: GenerationRecord['input'], patience: Patience) => {
  if (c.req.query('fal_webhook') !== undefined) return err(refuseWebhook(c))
  const spent = await spend(c, JSON.stringify(['create', input, []]), (spending) =>
    ownAccount(c).admit({ ...spending, patience, input, metadata: {}, via: 'fal' }),
  )
  if (!spent.ok) return spent
  const result = spent.value
  if (result.type !== 'admitted') return err(refuseSpending(c, result))
  return ok({ record: result.view.record, headers: replayHeaders(result.replayed) })
}

const answerResult = async (
  c: Context<AppEnv>,
  record: GenerationRecord,
  headers = {},
): Promise<Response> => {
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
