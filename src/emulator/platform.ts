/** fal's platform API: the history of requests, what was charged for them, and prices. */
import type { Context } from 'hono'
import { Hono } from 'hono'
import { plainError } from './answers.ts'
import type { EmulatorContext } from './context.ts'
import { endingOf } from './jobs.ts'
import type { Job } from './jobs.ts'
import { observe } from './observe.ts'
import type { EmulatorEnv } from './observe.ts'
import { billOf, PRICES } from './prices.ts'
import { outputOf } from './webhook-body.ts'

export const ENDPOINT_ID = 'fal-ai/pika/v2.2/text-to-video'
const DAY_MS = 24 * 60 * 60 * 1000
const MAX_PAGE = 100
const MAX_EVENTS = 10_000
const MAX_REQUEST_IDS = 50

/** What fal's model fills in where a request leaves it open, and what it adds of its own. */
const FILLED_IN = { negative_prompt: 'ugly, bad, terrible', enable_safety_checker: true }

export function platformRoutes(emulator: EmulatorContext): Hono<EmulatorEnv> {
  const app = new Hono<EmulatorEnv>()
  app.get('/models/requests/by-endpoint', observe(emulator, 'history'), async (c) =>
    history(emulator, c),
  )
  app.get('/models/billing-events', observe(emulator, 'billing'), (c) => billing(emulator, c))
  app.get('/models/pricing', observe(emulator, 'pricing'), (c) =>
    c.json({ prices: [PRICES].map((price) => ({ endpoint_id: ENDPOINT_ID, ...price })) }),
  )
  app.get('/models', observe(emulator, 'pricing'), (c) =>
    c.json({ models: [{ endpoint_id: ENDPOINT_ID, openapi: OPENAPI }], has_more: false }),
  )
  return app
}

/** Whether fal's history lists a job now. */
export function isListed(emulator: EmulatorContext, job: Job): boolean {
  const { historyLagMs, historyQueued, historyUnlisted } = emulator.settings
  const { listedAfterMs } = job.markers
  if (listedAfterMs === undefined && shareOf(job.requestId) < historyUnlisted) return false
  const fromMs = historyQueued ? job.acceptedAtMs : endingOf(job).endsAtMs
  return emulator.clock.nowMs() >= fromMs + (listedAfterMs ?? historyLagMs)
}

async function history(emulator: EmulatorContext, c: Context<EmulatorEnv>): Promise<Response> {
  if (c.req.query('endpoint_id') !== ENDPOINT_ID) return badRequest('endpoint_id is required')
  const nowMs = emulator.clock.nowMs()
  const fromMs = timeOf(c.req.query('start')) ?? nowMs - DAY_MS
  const untilMs = timeOf(c.req.query('end')) ?? nowMs
  const requestId = c.req.query('request_id')
  const status = c.req.query('status')
  const jobs = [...emulator.jobs.values()]
    .filter((job) => job.sentAtMs >= fromMs && job.sentAtMs < untilMs)
    .filter((job) => isListed(emulator, job))
    .filter((job) => requestId === undefined || job.requestId === requestId)
    .filter((job) => status === undefined || statusOf(job, nowMs) === status)
    .toSorted((a, b) => endingOf(b).endsAtMs - endingOf(a).endsAtMs)
  const withPayloads = c.req.queries('expand')?.includes('payloads') === true
  const limit = Math.min(Number(c.req.query('limit') ?? 50), MAX_PAGE)
  const page = pageOf(jobs, limit, c.req.query('cursor'))
  const { historyShifts } = emulator.settings
  // A request that came in since has moved the last one of the page before to the top of this one.
  const items = historyShifts && page.offset > 0 ? jobs.slice(page.offset - 1) : page.items
  return c.json({
    items: await Promise.all(
      items.slice(0, limit).map((job) => item(emulator, job, nowMs, withPayloads)),
    ),
    next_cursor: page.next,
    has_more: page.next !== null,
  })
}

async function item(
  emulator: EmulatorContext,
  job: Job,
  nowMs: number,
  withPayloads: boolean,
): Promise<Record<string, unknown>> {
  const { startsAtMs, endsAtMs, failure } = endingOf(job)
  const input = emulator.settings.historyDefaults ? { ...FILLED_IN, ...job.input } : job.input
  const known = {
    request_id: job.requestId,
    endpoint_id: ENDPOINT_ID,
    sent_at: iso(job.sentAtMs),
    started_at: iso(startsAtMs),
    ...(withPayloads && { json_input: Object.fromEntries(Object.entries(input).toReversed()) }),
  }
  if (nowMs < endsAtMs) return known
  return {
    ...known,
    ended_at: iso(endsAtMs),
    status_code: failure?.status ?? 200,
    duration: (endsAtMs - startsAtMs) / 1000,
    ...(withPayloads && {
      json_output: failure?.body ?? outputOf(job, await emulator.fileBytes(job)),
    }),
  }
}

function billing(emulator: EmulatorContext, c: Context<EmulatorEnv>): Response {
  if (c.req.header('authorization') !== `Key ${emulator.billingKey}`) return plainError(403)
  const nowMs = emulator.clock.nowMs()
  const fromMs = timeOf(c.req.query('start')) ?? nowMs - DAY_MS
  const untilMs = timeOf(c.req.query('end')) ?? nowMs
  if (untilMs - fromMs > 90 * DAY_MS) return badRequest('at most 90 days')
  const ids = (c.req.queries('request_id') ?? []).flatMap((text) => text.split(','))
  if (ids.length > MAX_REQUEST_IDS) return badRequest(`at most ${MAX_REQUEST_IDS} request ids`)
  const events = [...emulator.jobs.values()].flatMap((job) => {
    const { endsAtMs } = endingOf(job)
    const bill = billOf(job, nowMs)
    const isIn = endsAtMs >= fromMs && endsAtMs < untilMs
    const isTold = nowMs >= endsAtMs + emulator.settings.billingLagMs
    if (bill === null || !isIn || !isTold) return []
    if (ids.length > 0 && !ids.includes(job.requestId)) return []
    const event = { request_id: job.requestId, endpoint_id: ENDPOINT_ID, timestamp: iso(endsAtMs) }
    return [{ ...event, ...bill }]
  })
  const limit = Math.min(Number(c.req.query('limit') ?? 50), MAX_EVENTS)
  const page = pageOf(events, limit, c.req.query('cursor'))
  return c.json({
    billing_events: page.items,
    next_cursor: page.next,
    has_more: page.next !== null,
  })
}

/** A cursor encodes where its page begins. */
function pageOf<Item>(items: Item[], limit: number, cursor: string | undefined) {
  const offset = cursor === undefined ? 0 : Number(atob(cursor))
  const end = offset + limit
  const next = end < items.length ? btoa(`${end}`) : null
  return { items: items.slice(offset, end), offset, next }
}

function statusOf(job: Job, nowMs: number): 'success' | 'error' | 'user_error' | undefined {
  const { endsAtMs, failure } = endingOf(job)
  if (nowMs < endsAtMs) return undefined
  if (failure === undefined) return 'success'
  return failure.status >= 500 ? 'error' : 'user_error'
}

/** Where between 0 and 1 a request lies: the same each time, and as good as random. */
function shareOf(requestId: string): number {
  let hash = 2_166_136_261
  for (const char of requestId) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619)
  // Its low bits hardly differ between ids that differ at their end.
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

const iso = (ms: number): string => new Date(ms).toISOString()

function timeOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

const badRequest = (message: string): Response =>
  Response.json({ error: { type: 'validation_error', message } }, { status: 400 })

/** As much of the model's description as says what its input may be. */
const OPENAPI = {
  openapi: '3.0.4',
  components: {
    schemas: {
      PikaV22TextToVideoInput: {
        type: 'object',
        required: ['prompt'],
        properties: {
          prompt: { type: 'string' },
          seed: { type: 'integer' },
          negative_prompt: { type: 'string', default: FILLED_IN.negative_prompt },
          aspect_ratio: {
            type: 'string',
            enum: ['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3'],
            default: '16:9',
          },
          resolution: { type: 'string', enum: ['720p', '1080p'], default: '720p' },
          duration: { type: 'integer', enum: [5, 10], default: 5 },
        },
      },
    },
  },
}
