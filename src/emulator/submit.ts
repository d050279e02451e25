/** Submit: takes a job into the queue, and answers as its markers or a fault ask. */
import type { Context } from 'hono'
import { plainError } from './answers.ts'
import { ConnectionLost, hang, sleep } from './connection.ts'
import type { EmulatorContext } from './context.ts'
import type { Job } from './jobs.ts'
import { positionAt } from './jobs.ts'
import { parseObject } from './json.ts'
import { readMarkers } from './markers.ts'
import type { Markers, SubmitBehaviour } from './markers.ts'
import type { EmulatorEnv } from './observe.ts'
import { OUTCOMES } from './outcomes.ts'

type Submitted = { ok: true; job: Job } | { ok: false; answer: Response }

/** Takes the job that a call asks for, and gives the answer to `POST …/text-to-video`. */
export async function submit(
  emulator: EmulatorContext,
  c: Context<EmulatorEnv>,
): Promise<Response> {
  const submitted = await accept(emulator, c)
  if (!submitted.ok) return submitted.answer
  const { job } = submitted
  if (job.markers.webhooks?.includes('early') === true && job.webhookUrl !== undefined) {
    await Promise.race([emulator.webhooks.answered(job.requestId), hang(c.get('gone'))])
  }
  await sleep(job.markers.submitMs ?? 0, c.get('gone'))
  return answerAccepted(emulator, job, c.get('forcedSubmit') ?? job.markers.submit ?? 'ok', c)
}

/** Keeps the job, unless its call is refused. */
export async function accept(
  emulator: EmulatorContext,
  c: Context<EmulatorEnv>,
): Promise<Submitted> {
  const input = parseObject(await c.req.text())
  if (input === undefined) {
    const body = { detail: 'Request body is not a JSON object', error_type: 'bad_request' }
    return { ok: false, answer: Response.json(body, { status: 400 }) }
  }
  const prompt = typeof input['prompt'] === 'string' ? input['prompt'] : ''
  const read = readMarkers(prompt, OUTCOMES)
  if (!read.ok)
    return { ok: false, answer: Response.json({ detail: read.message }, { status: 400 }) }
  const behaviour = c.get('forcedSubmit') ?? read.markers.submit ?? 'ok'
  const refusal = refuse(emulator, behaviour, c)
  if (refusal !== undefined) return { ok: false, answer: refusal }
  const job = newJob(emulator, c, { input, prompt, markers: read.markers })
  emulator.jobs.set(job.requestId, job)
  c.get('concerns')(job.requestId)
  await emulator.webhooks.plan(job)
  return { ok: true, job }
}

/** The answer to a job that is not taken; undefined when it is. */
function refuse(
  emulator: EmulatorContext,
  behaviour: SubmitBehaviour,
  c: Context<EmulatorEnv>,
): Response | undefined {
  switch (behaviour) {
    case '503_before':
      return plainError(503)
    case '503_before_id':
      return plainError(503, { 'x-fal-request-id': emulator.newId() })
    case '500_before':
      return plainError(500)
    case '429':
      return plainError(429, { 'retry-after': '5' })
    case 'locked':
      return plainError(403)
    case 'unauthorized':
      return plainError(401)
    case 'reset':
      throw new ConnectionLost('reset')
    case 'redirect': {
      const { origin, pathname } = new URL(c.req.url)
      return new Response(null, {
        status: 307,
        headers: { location: `${origin}/redirected${pathname}` },
      })
    }
    default:
      return undefined
  }
}

async function answerAccepted(
  emulator: EmulatorContext,
  job: Job,
  behaviour: SubmitBehaviour,
  c: Context<EmulatorEnv>,
): Promise<Response> {
  const id = { 'x-fal-request-id': job.requestId }
  const failed = /^(\d{3})_after(_no_id|_inner_id)?$/.exec(behaviour)
  if (failed !== null) {
    const [, status, which] = failed
    const inner = { 'x-fal-request-id': emulator.newId() }
    return plainError(Number(status), which === '_no_id' ? {} : which === '_inner_id' ? inner : id)
  }
  const urls = urlsOf(job.requestId, job.origin)
  const ticket = { gateway_request_id: job.gatewayRequestId, ...urls }
  switch (behaviour) {
    case 'lost':
      throw new ConnectionLost('lost')
    case 'hang':
      return hang(c.get('gone'))
    case 'malformed':
      return new Response('{"status":"IN_QUEUE","request_', {
        headers: { 'content-type': 'application/json' },
      })
    case 'no_id':
      return Response.json({ status: 'IN_QUEUE' })
    default: {
      const queue_position = positionAt(job, job.acceptedAtMs)
      const body = { status: 'IN_QUEUE', request_id: job.requestId, queue_position, ...ticket }
      return Response.json(body, { headers: id })
    }
  }
}

/** The URLs under which a job is asked about. */
export function urlsOf(requestId: string, origin: string) {
  const response_url = `${origin}/fal-ai/pika/requests/${requestId}`
  return {
    response_url,
    status_url: `${response_url}/status`,
    cancel_url: `${response_url}/cancel`,
  }
}

function newJob(
  emulator: EmulatorContext,
  c: Context<EmulatorEnv>,
  asked: { input: Record<string, unknown>; prompt: string; markers: Markers },
): Job {
  const { markers } = asked
  const { origin, searchParams } = new URL(c.req.url)
  const isEarly = markers.webhooks?.includes('early') === true
  const { queueMs, renderMs } = isEarly ? { queueMs: 0, renderMs: 0 } : emulator.settings
  return {
    ...asked,
    requestId: emulator.newId(),
    gatewayRequestId: emulator.newId(),
    headers: headersOfInterest(c.req.raw.headers),
    webhookUrl: searchParams.get('fal_webhook') ?? undefined,
    origin: emulator.origin ?? origin,
    acceptedAtMs: emulator.clock.nowMs(),
    queueMs: markers.queueMs ?? queueMs,
    renderMs: markers.renderMs ?? renderMs,
    startTimeoutMs: startTimeoutMs(c.req.raw.headers),
    outcome: markers.outcome ?? 'ok',
    cancel: markers.cancel ?? 'confirmed',
  }
}

function headersOfInterest(headers: Headers): Record<string, string> {
  const kept = ['content-type', 'user-agent', 'idempotency-key']
  return Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith('x-fal-') || kept.includes(name)),
  )
}

function startTimeoutMs(headers: Headers): number | undefined {
  const seconds =
    headers.get('x-fal-request-start-timeout') ?? headers.get('x-fal-request-timeout') ?? ''
  return /^\d+(\.\d+)?$/.test(seconds) ? Number(seconds) * 1000 : undefined
}
