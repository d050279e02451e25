/**
 * What fal really charged for each request. It needs an admin key of fal.
 *
 * @see https://fal.ai/docs/platform-apis/v1/models/billing-events
 */
import * as z from 'zod/mini'
import { toMicrousd } from '../contract/units.ts'
import type { AskPlatform, NoPlatformAnswer } from './fal-platform.ts'

export type Bills =
  | NoPlatformAnswer
  /** Each request's charge in micro-dollars; null if unreadable. A missing one may be charged later. */
  | { readonly type: 'bills'; readonly microusd: ReadonlyMap<string, number | null> }

export type FalBilling = ReturnType<typeof createFalBilling>

export const MAX_BILLS = 50

const amount = z.number().check(z.nonnegative())
const event = z.looseObject({
  request_id: z.string(),
  cost_total: z.catch(z.nullish(amount), null),
  cost_estimate_nano_usd: z.catch(z.nullish(amount), null),
})
const answer = z.looseObject({
  billing_events: z.array(z.unknown()),
  has_more: z.optional(z.nullable(z.boolean())),
})

/** Asks about at most {@link MAX_BILLS} requests, sent since `fromMs`. Never throws. */
export const createFalBilling =
  (ask: AskPlatform) =>
  async (requestIds: readonly string[], fromMs: number, untilMs: number): Promise<Bills> => {
    const answered = await ask('/models/billing-events', {
      request_id: requestIds.join(','),
      start: new Date(fromMs).toISOString(),
      end: new Date(untilMs).toISOString(),
      limit: '1000',
    })
    if (answered.type !== 'answer') return answered
    const read = answer.safeParse(answered.body)
    // A partial answer proves nothing: an amount may be split over several events.
    if (!read.success || read.data.has_more === true) return { type: 'no_answer' }
    const microusd = new Map<string, number | null>()
    for (const each of read.data.billing_events) {
      const charge = event.safeParse(each)
      if (!charge.success) continue
      const { request_id: id } = charge.data
      const sum = (microusd.get(id) ?? 0) + microusdOf(charge.data)
      const isWhole = microusd.get(id) !== null && Number.isSafeInteger(sum)
      microusd.set(id, isWhole ? sum : null)
    }
    return { type: 'bills', microusd }
  }

const microusdOf = ({ cost_total, cost_estimate_nano_usd }: z.infer<typeof event>): number =>
  typeof cost_total === 'number'
    ? toMicrousd(cost_total)
    : Math.round((cost_estimate_nano_usd ?? Number.NaN) / 1000)
