/** Submit: puts a job into the queue, and answers as its markers or a fault say. */
import type { Context } from 'hono'
import { plainError } from './answers.ts'
import { ConnectionLost, hang, sleep } from './connection.ts'
import type { EmulatorContext } from './context.ts'
import { positionAt } from './jobs.ts'
import type { Job } from './jobs.ts'
import { parseObject } from './json.ts'
import { readMarkers } from './markers.ts'
import type { Markers, SubmitBehaviour } from './markers.ts'
import type { EmulatorEnv } from './observe.ts'
import { OUTCOMES } from './outcomes.ts'

interface Asked {
  emulator: EmulatorContext
  c: Context<EmulatorEnv>
}

type Submitted = { ok: true; job: Job } | { ok: false; answer: Response }

/** Accepts the job that a call requests, and answers `POST …/text-to-video`. */
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
  const behaviour = c.get('forcedSubmit') ?? job.markers.submit ?? 'ok'
  return answerAccepted({ emulator, c }, job, behaviour)
}

/** Stores the job, unless its call is refused. */
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
  const read = readMarkers(`[emulator: ${emulator.settings.markers}]${prompt}`, OUTCOMES)
  if (!read.ok)
    return { ok: false, answer: Response.json({ detail: read.message }, { status: 400 }) }
  const behaviour = c.get('forcedSubmit') ?? read.markers.submit ?? 'ok'
  const refusal = REFUSALS[behaviour]?.({ emulator, c })
  if (refusal !== undefined) return { ok: false, answer: refusal }
  const job = newJob(emulator, c, { input, prompt, markers: read.markers })
  c.get('concerns')(job.requestId)
  await emulator.update(job)
  return { ok: true, job }
}

/** Answers when the job is not accepted. */
const REFUSALS: Partial<Record<SubmitBehaviour, (asked: Asked) => Response>> = {
  '503_before': () => plainError(503),
  '503_before_id': ({ emulator }) => plainError(503, { 'x-fal-request-id': emulator.newId() }),
  '500_before': () => plainError(500),
  '429': () => plainError(429, { 'retry-after': '5' }),
  locked: () => plainError(403),
  unauthorized: () => plainError(401),
  reset: () => {
    throw new ConnectionLost('reset')
  },
  redirect: ({ c }) => {
    const { origin, pathname } = new URL(c.req.url)
    const location = `${origin}/redirected${pathname}`
    return new Response(null, { status: 307, headers: { location } })
  },
}

/** Answers when the job is accepted, besides the true one and the failures `<status>_after`. */
const DISTORTED: Partial<Record<SubmitBehaviour, (asked: Asked) => Response | Promise<never>>> = {
  lost: () => {
    throw new ConnectionLost('lost')
  },
  hang: async ({ c }) => hang(c.get('gone')),
  malformed: () => {
    const headers = { 'content-type': 'application/json' }
    return new Response('{"status":"IN_QUEUE","request_', { headers })
  },
  no_id: () => Response.json({ status: 'IN_QUEUE' }),
}

/** `504_after`, or with no id in the header, or with the id of an attempt inside fal. */
const FAILED_AFTER = /^(\d{3})_after(_no_id|_inner_id)?$/

function answerAccepted(
  { emulator, c }: Asked,
  job: Job,
  behaviour: SubmitBehaviour,
): Response | Promise<never> {
  const headers = { 'x-fal-request-id': job.requestId }
  const [, failed, which] = FAILED_AFTER.exec(behaviour) ?? []
  if (failed !== undefined) {
    const inner = { 'x-fal-request-id': emulator.newId() }
    const named = which === '_no_id' ? {} : which === '_inner_id' ? inner : headers
    return plainError(Number(failed), named)
  }
  const distorted = DISTORTED[behaviour]?.({ emulator, c })
  if (distorted !== undefined) return distorted
  const ticket = {
    status: 'IN_QUEUE',
    request_id: job.requestId,
    gateway_request_id: job.gatewayRequestId,
    queue_position: positionAt(job, job.acceptedAtMs),
    ...urlsOf(job.requestId, job.origin),
  }
  return Response.json(ticket, { headers })
}

/** The URLs of a job's result, status and cancel. */
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
  const { origin, searchParams } = new URL(c.req.url)
  return {
    ...plainJob(emulator, asked, emulator.clock.nowMs()),
    headers: headersOfInterest(c.req.raw.headers),
    webhookUrl: searchParams.get('fal_webhook') ?? undefined,
    origin: emulator.origin ?? origin,
    startTimeoutMs: startTimeoutMs(c.req.raw.headers),
  }
}

/** A job with only its input and the time it was sent: no webhook and no headers. */
export function plainJob(
  emulator: EmulatorContext,
  asked: { input: Record<string, unknown>; prompt: string; markers: Markers },
  atMs: number,
): Job {
  const { markers } = asked
  const isEarly = markers.webhooks?.includes('early') === true
  const { queueMs, renderMs } = isEarly ? { queueMs: 0, renderMs: 0 } : emulator.settings
  return {
    ...asked,
    requestId: emulator.newId(),
    gatewayRequestId: emulator.newId(),
    headers: {},
    webhookUrl: undefined,
    origin: '',
    acceptedAtMs: atMs,
    sentAtMs: atMs,
    isStranger: false,
    queueMs: markers.queueMs ?? queueMs,
    renderMs: markers.renderMs ?? renderMs,
    startTimeoutMs: undefined,
    outcome: markers.outcome ?? 'ok',
    cancel: markers.cancel ?? 'confirmed',
  }
}

function headersOfInterest(headers: Headers): Record<string, string> {
  const kept = new Set(['content-type', 'user-agent', 'idempotency-key'])
  return Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith('x-fal-') || kept.has(name)),
  )
}

function startTimeoutMs(headers: Headers): number | undefined {
  const seconds =
    headers.get('x-fal-request-start-timeout') ?? headers.get('x-fal-request-timeout') ?? ''
  return /^\d+(\.\d+)?$/.test(seconds) ? Number(seconds) * 1000 : undefined
}
