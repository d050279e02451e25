/** What fal charges for a job, and the billing events that report it to an admin key. */
import type { Context } from 'hono'
import type { EmulatorContext } from './context.ts'
import { endingOf } from './jobs.ts'
import type { Job } from './jobs.ts'
import { videoSeconds } from './model-input.ts'
import { MODEL_ID, PRICE } from './model.ts'
import { cursorOf, iso, listOf, readPage, readWindow, refusal } from './query.ts'

const MAX_LIMIT = 10_000
const MAX_REQUEST_IDS = 50
const MAX_WINDOW_MS = 90 * 24 * 60 * 60 * 1000
/** 5 s cost 0.45 USD at 1080p, and 0.20 USD at 720p. */
const UNITS_PER_SECOND_AT_1080P = 2.25

interface Bill {
  output_units: number
  unit_price: number
  percent_discount: number | null
  cost_subtotal: number
  cost_discount: number
  /** The real charge, in US dollars. */
  cost_total: number
  cost_estimate_nano_usd: number
}

/** Answers `GET /v1/models/billing-events`. */
export function billing(emulator: EmulatorContext, c: Context): Response {
  const nowMs = emulator.clock.nowMs()
  const page = readPage(c, MAX_LIMIT)
  const window = readWindow(c, nowMs)
  const ids = listOf(c, 'request_id')
  if (page === undefined) return refusal(400, 'limit or cursor is invalid')
  if (window === undefined) return refusal(400, 'start or end is not an ISO 8601 date')
  if (ids.length > MAX_REQUEST_IDS) return refusal(400, `at most ${MAX_REQUEST_IDS} request ids`)
  if (Math.min(window.untilMs, nowMs) - window.fromMs > MAX_WINDOW_MS) {
    return refusal(400, 'start and end are more than 90 days apart')
  }
  const events = [...emulator.jobs.values()].flatMap((job) => {
    const atMs = Math.max(job.sentAtMs, endingOf(job).endsAtMs)
    const bill = billOf(job, nowMs - emulator.settings.billingLagMs)
    const isAsked = ids.length === 0 || ids.includes(job.requestId)
    const isIn = atMs >= window.fromMs && atMs < window.untilMs
    if (bill === undefined || !isAsked || !isIn) return []
    const event = { request_id: job.requestId, endpoint_id: MODEL_ID, timestamp: iso(atMs) }
    return [{ ...event, ...bill }]
  })
  const end = page.number * page.limit
  const hasMore = end < events.length
  return c.json({
    billing_events: events.slice(end - page.limit, end),
    next_cursor: hasMore ? cursorOf(page.number + 1) : null,
    has_more: hasMore,
  })
}

/** Undefined if nothing is charged, or nothing yet. */
export function billOf(job: Job, nowMs: number): Bill | undefined {
  const { endsAtMs, failure } = endingOf(job)
  const { billed, billUsd } = job.markers
  const isBilled = billed ?? (billUsd !== undefined || failure === undefined)
  if (nowMs < endsAtMs || !isBilled) return undefined
  const perSecond = job.input['resolution'] === '1080p' ? UNITS_PER_SECOND_AT_1080P : 1
  const units = videoSeconds(job.input) * perSecond
  const usd = billUsd ?? Math.round(units * PRICE.unit_price * 1e6) / 1e6
  return {
    output_units: units,
    unit_price: PRICE.unit_price,
    percent_discount: null,
    cost_subtotal: usd,
    cost_discount: 0,
    cost_total: usd,
    cost_estimate_nano_usd: Math.round(usd * 1e9),
  }
}
