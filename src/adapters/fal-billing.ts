/**
 * What fal has really charged, request by request. It takes an admin key of fal.
 *
 * @see https://fal.ai/docs/platform-apis/v1/models/billing-events
 */
import * as z from 'zod/mini'
import { toMicrousd } from '../contract/price.ts'
import type { AskPlatform, NoPlatformAnswer } from './fal-platform.ts'

export type Bills =
  | NoPlatformAnswer
  /** What each request was charged, in micro-dollars. One that is missing may be charged later. */
  | { readonly type: 'bills'; readonly microusd: ReadonlyMap<string, number> }

/** Asks about at most 50 requests, sent since `fromMs`. Never throws. */
export type FalBilling = (
  requestIds: readonly string[],
  fromMs: number,
  untilMs: number,
) => Promise<Bills>

/** As many as fal takes in one question. */
export const MAX_BILLS = 50

const amount = z.number().check(z.nonnegative())
const event = z.looseObject({
  request_id: z.string(),
  cost_total: z.optional(z.nullable(amount)),
  cost_estimate_nano_usd: z.optional(z.nullable(amount)),
})
const answer = z.looseObject({
  billing_events: z.array(event),
  has_more: z.optional(z.nullable(z.boolean())),
})

export const createFalBilling =
  (ask: AskPlatform): FalBilling =>
  async (requestIds, fromMs, untilMs) => {
    const answered = await ask('/models/billing-events', {
      request_id: requestIds.join(','),
      start: new Date(fromMs).toISOString(),
      end: new Date(untilMs).toISOString(),
      limit: '1000',
    })
    if (answered.type !== 'answer') return answered
    const read = answer.safeParse(answered.body)
    // What is not whole says nothing: an amount may be in several events.
    if (!read.success || read.data.has_more === true) return { type: 'no_answer' }
    const microusd = new Map<string, number>()
    for (const { request_id: id, cost_total, cost_estimate_nano_usd } of read.data.billing_events) {
      const nanousd = cost_estimate_nano_usd ?? undefined
      const charged = cost_total ?? undefined
      if (charged === undefined && nanousd === undefined) return { type: 'no_answer' }
      const more = charged === undefined ? Math.round((nanousd ?? 0) / 1000) : toMicrousd(charged)
      microusd.set(id, (microusd.get(id) ?? 0) + more)
    }
    return { type: 'bills', microusd }
  }
