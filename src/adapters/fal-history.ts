/**
 * fal's request history: what the key's account has sent.
 *
 * @see https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint
 */
import * as z from 'zod/mini'
import { FAL_REQUEST_ID } from '../contract/id.ts'
import { MODEL } from '../contract/model.ts'
import type { PastRequest } from '../domain/generation/history.ts'
import type { Found } from '../domain/generation/observation.ts'
import { readResult } from './fal-answers.ts'
import type { AskPlatform, NoPlatformAnswer } from './fal-platform.ts'

export interface HistoryQuery {
  readonly fromMs: number
  readonly untilMs: number
  readonly requestId?: string | undefined
  readonly cursor?: string | undefined
}

export type HistoryPage =
  | NoPlatformAnswer
  | {
      readonly type: 'page'
      readonly requests: readonly PastRequest[]
      /** Null on the last page. */
      readonly cursor: string | null
    }

export type FalHistory = ReturnType<typeof createFalHistory>

const PAGE_SIZE = 100

const time = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))))
const item = z.looseObject({
  request_id: z.string().check(z.regex(FAL_REQUEST_ID)),
  endpoint_id: z.literal(MODEL),
  sent_at: time,
  ended_at: z.catch(z.nullish(time), null),
  status_code: z.catch(z.nullish(z.int()), null),
})
const page = z.looseObject({
  items: z.array(z.unknown()),
  next_cursor: z.catch(z.nullish(z.string()), null),
  has_more: z.boolean(),
})

export const createFalHistory =
  (ask: AskPlatform) =>
  async ({ fromMs, untilMs, requestId, cursor }: HistoryQuery): Promise<HistoryPage> => {
    const answer = await ask('/models/requests/by-endpoint', {
      endpoint_id: MODEL,
      start: new Date(fromMs).toISOString(),
      end: new Date(untilMs).toISOString(),
      expand: 'payloads',
      limit: String(PAGE_SIZE),
      ...(requestId === undefined ? {} : { request_id: requestId }),
      ...(cursor === undefined ? {} : { cursor }),
    })
    if (answer.type !== 'answer') return answer
    try {
      return readPage(answer.body)
    } catch {
      // The body is nested too deeply.
      return { type: 'no_answer' }
    }
  }

const readPage = (body: unknown): HistoryPage => {
  const read = page.safeParse(body)
  if (!read.success) return { type: 'no_answer' }
  const { items, has_more: hasMore, next_cursor: next } = read.data
  // More pages without a cursor: this part cannot be read to its end.
  if (hasMore && !next) return { type: 'no_answer' }
  const requests = items.flatMap((each) => {
    const request = item.safeParse(each)
    return request.success ? [readRequest(request.data)] : []
  })
  return { type: 'page', requests, cursor: hasMore ? (next ?? null) : null }
}

const readRequest = (request: z.infer<typeof item>): PastRequest => {
  const end = readEnd(request)
  return {
    requestId: request.request_id,
    sentAtMs: Date.parse(request.sent_at),
    input: request['json_input'],
    end,
    isMade: end === null && request.status_code === 200 && Boolean(request.ended_at),
  }
}

const readEnd = ({ ended_at, status_code, json_output }: z.infer<typeof item>): Found | null => {
  if (!ended_at || !status_code) return null
  const text = json_output === undefined ? '' : JSON.stringify(json_output)
  const result = readResult({ status: status_code, headers: new Headers(), text }, true)
  if (result.type === 'pending' || result.type === 'no_answer') return null
  if (result.type === 'not_found') return null
  // The history records it as the job's end, so it is no error of fal's front itself.
  return result.type === 'doubtful_failure' ? { ...result, type: 'failure', billed: false } : result
}
