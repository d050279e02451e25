/** fal's own protocol as JSON: what its clients send, and what they expect to read. */
import * as z from 'zod/mini'

const requestId = z.string()

/** Taken, as the queue of fal says it. */
export const falQueued = z.object({
  /** Always `IN_QUEUE`, even if fal has refused it: that shows on status and result. */
  status: z.literal('IN_QUEUE'),
  /** The id of the generation. */
  request_id: requestId,
  /** The same. */
  gateway_request_id: requestId,
  /** Its place in the queue, 0 being next. */
  queue_position: z.int(),
  /** Where the result will be. */
  response_url: z.string(),
  /** Where the status is. */
  status_url: z.string(),
  /** Where to cancel it. */
  cancel_url: z.string(),
})

/** A line that the model wrote. */
export const falLogLine = z.object({
  /** The line. */
  message: z.string(),
  /** The severity. */
  level: z.string(),
  /** Where the line comes from. */
  source: z.string(),
  /** When it was sent. */
  timestamp: z.string(),
})
const logs = z.nullable(z.array(falLogLine))

/** Waiting. */
export const falInQueue = z.object({
  request_id: requestId,
  /** What fal has no word for, a failure, is `COMPLETED` with an `error`. */
  status: z.literal('IN_QUEUE'),
  queue_position: z.int(),
})
/** Being rendered. */
export const falInProgress = z.object({
  request_id: requestId,
  status: z.literal('IN_PROGRESS'),
  /** What the model wrote while it rendered; null unless `logs=1` asked for it. */
  logs,
})
/** Ended, well or badly. */
export const falCompleted = z.object({
  request_id: requestId,
  status: z.literal('COMPLETED'),
  logs,
  /** What was measured. */
  metrics: z.object({
    /** Seconds of rendering; null if that is not known. */
    inference_time: z.nullable(z.number()),
  }),
  /** Why it failed or was canceled. */
  error: z.optional(z.string()),
  /** fal's name for the reason. */
  error_type: z.optional(z.string()),
})

/** How it stands, as the queue of fal says it. */
export const falStatus = z.discriminatedUnion('status', [falInQueue, falInProgress, falCompleted])

/** The output of the model. */
export const falOutput = z.object({
  /** The video. */
  video: z.object({
    /** Where to play or download it. */
    url: z.string(),
    /** As fal named it. */
    content_type: z.nullable(z.string()),
    /** As fal named it. */
    file_name: z.nullable(z.string()),
    /** Bytes. */
    file_size: z.nullable(z.number()),
  }),
})

const fieldFault = z.object({
  /** Which field, from the body down. */
  loc: z.array(z.string()),
  /** What is wrong with it. */
  msg: z.string(),
  /** fal's name for the reason. */
  type: z.string(),
})

/** An error in fal's words. */
export const falError = z.object({
  /** A sentence, or one entry for each field. */
  detail: z.union([z.string(), z.array(fieldFault)]),
  /** What kind of failure. */
  error_type: z.optional(z.string()),
  /** The generation that this is about. */
  request_id: z.optional(requestId),
})

/** There is no such request. */
export const falNotFound = z.object({
  /** Always `NOT_FOUND`. */
  status: z.literal('NOT_FOUND'),
  /** A sentence. */
  detail: z.string(),
})
/** Canceling was asked for. */
export const falCancelRequested = z.object({
  /** Asked for; the status changes with the verdict of fal alone. */
  status: z.literal('CANCELLATION_REQUESTED'),
})
/** It is too late to cancel. */
export const falAlreadyCompleted = z.object({
  /** It had already ended. */
  status: z.literal('ALREADY_COMPLETED'),
})
