/** fal's own protocol as JSON: what its clients send, and what they expect to read. */
import * as z from 'zod/mini'

const requestId = z.string()

/** What submitting answers, by status 200. */
export const falQueued = z.object({
  status: z.literal('IN_QUEUE'),
  request_id: requestId,
  gateway_request_id: requestId,
  queue_position: z.int(),
  response_url: z.string(),
  status_url: z.string(),
  cancel_url: z.string(),
})

export const falLogLine = z.object({
  message: z.string(),
  level: z.string(),
  source: z.string(),
  timestamp: z.string(),
})
const logs = z.nullable(z.array(falLogLine))

const inQueue = z.object({
  request_id: requestId,
  status: z.literal('IN_QUEUE'),
  queue_position: z.int(),
})
const inProgress = z.object({ request_id: requestId, status: z.literal('IN_PROGRESS'), logs })
const completed = z.object({
  request_id: requestId,
  status: z.literal('COMPLETED'),
  logs,
  metrics: z.object({ inference_time: z.nullable(z.number()) }),
  error: z.optional(z.string()),
  error_type: z.optional(z.string()),
})

export const FAL_STATUSES = { inQueue, inProgress, completed } as const
export const falStatus = z.discriminatedUnion('status', [inQueue, inProgress, completed])

/** The model's output. */
export const falOutput = z.object({
  video: z.object({
    url: z.string(),
    content_type: z.nullable(z.string()),
    file_name: z.nullable(z.string()),
    file_size: z.nullable(z.number()),
  }),
})

const fieldFault = z.object({
  loc: z.array(z.string()),
  msg: z.string(),
  type: z.string(),
})

/** fal's two shapes of an error: a sentence, or a list with one entry a field. */
export const falError = z.object({
  detail: z.union([z.string(), z.array(fieldFault)]),
  error_type: z.optional(z.string()),
  request_id: z.optional(requestId),
})

export const falNotFound = z.object({ status: z.literal('NOT_FOUND'), detail: z.string() })
export const falCancelRequested = z.object({ status: z.literal('CANCELLATION_REQUESTED') })
export const falAlreadyCompleted = z.object({ status: z.literal('ALREADY_COMPLETED') })
