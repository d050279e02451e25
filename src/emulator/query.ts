/** What calls of the platform API share: time windows, pages and refusals. */
import type { Context } from 'hono'

const DAY_MS = 24 * 60 * 60 * 1000
const DEFAULT_LIMIT = 50

export interface Window {
  fromMs: number
  /** Exclusive. */
  untilMs: number
}

export interface Page {
  limit: number
  /** The first is 1. */
  number: number
  /** When the first page was requested, if the cursor says so. */
  asOfMs: number | undefined
}

/** fal's answer to a rejected call of its platform API. */
export function refusal(status: 400 | 401 | 403, message: string): Response {
  const types = { 400: 'validation_error', 401: 'authorization_error', 403: 'authorization_error' }
  return Response.json({ error: { type: types[status], message } }, { status })
}

/** `start` and `end`, the last 24 hours by default; undefined if one is not a time. */
export function readWindow(c: Context, nowMs: number): Window | undefined {
  const { start, end } = c.req.query()
  const untilMs = end === undefined ? Infinity : Date.parse(end)
  const fromMs = start === undefined ? Math.min(untilMs, nowMs) - DAY_MS : Date.parse(start)
  return Number.isNaN(fromMs) || Number.isNaN(untilMs) ? undefined : { fromMs, untilMs }
}

/** `limit` and `cursor`; undefined if one is invalid. */
export function readPage(c: Context, maxLimit: number): Page | undefined {
  const limit = Number(c.req.query('limit') ?? DEFAULT_LIMIT)
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) return undefined
  const cursor = c.req.query('cursor')
  if (cursor === undefined) return { limit, number: 1, asOfMs: undefined }
  const [, number, asOfMs] = /^(\d+)(?:@(\d+))?$/.exec(decode(cursor)) ?? []
  if (number === undefined || Number(number) < 1) return undefined
  return {
    limit,
    number: Number(number),
    asOfMs: asOfMs === undefined ? undefined : Number(asOfMs),
  }
}

/** A cursor encodes the number of its page and, for pages that do not shift, a time. */
export function cursorOf(number: number, asOfMs?: number): string {
  return btoa(asOfMs === undefined ? `${number}` : `${number}@${asOfMs}`)
}

/** A parameter that may be repeated, or have values separated by commas. */
export function listOf(c: Context, name: string): string[] {
  return (c.req.queries(name) ?? []).flatMap((text) => text.split(',')).filter((one) => one !== '')
}

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function decode(cursor: string): string {
  try {
    return atob(cursor)
  } catch {
    return ''
  }
}
