/** fal's own protocol as JSON: what its clients send, and what they expect. */
import * as z from 'zod/mini'

const requestId = z.string()

/** Accepted, in the form of fal's queue. */
export const falQueued = z.object({
  /** Always `IN_QUEUE`, even if fal has refused it: that shows in the status and the result. */
  status: z.literal('IN_QUEUE'),
  /** The id of the generation. */
  request_id: requestId,
  /** The same. */
  gateway_request_id: requestId,
  /** Its place in fal's queue; 0 is next. */
  queue_position: z.int(),
  /** Where to get the result. */
  response_url: z.string(),
  /** Where to get the status. */
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
  /** A failure is `COMPLETED` with an `error`, since fal has no failed state. */
  status: z.literal('IN_QUEUE'),
  queue_position: z.int(),
})
/** The model renders it. */
export const falInProgress = z.object({
  request_id: requestId,
  status: z.literal('IN_PROGRESS'),
  /** The model's log lines; null unless `logs=1` asked for them. */
  logs,
})
/** Ended, well or badly. */
export const falCompleted = z.object({
  request_id: requestId,
  status: z.literal('COMPLETED'),
  logs,
  /** Measurements. */
  metrics: z.object({
    /** Seconds of rendering; null if unknown. */
    inference_time: z.nullable(z.number()),
  }),
  /** Why it failed or was canceled. */
  error: z.optional(z.string()),
  /** fal's name for the reason. */
  error_type: z.optional(z.string()),
})

/** The status, in the form of fal's queue. */
export const falStatus = z.discriminatedUnion('status', [falInQueue, falInProgress, falCompleted])

/** The output of the model. */
export const falOutput = z.object({
  /** The video. */
  video: z.object({
    /** Where to play or download it. */
    url: z.string(),
    /** As fal gave it. */
    content_type: z.nullable(z.string()),
    /** As fal named it. */
    file_name: z.nullable(z.string()),
    /** Bytes. */
    file_size: z.nullable(z.number()),
  }),
})

const fieldFault = z.object({
  /** The path of the field, from the body down. */
  loc: z.array(z.string()),
  /** What is wrong with it. */
  msg: z.string(),
  /** fal's name for the reason. */
  type: z.string(),
})

/** An error in fal's format. */
export const falError = z.object({
  /** A sentence, or an entry for each field. */
  detail: z.union([z.string(), z.array(fieldFault)]),
  /** The kind of failure. */
  error_type: z.optional(z.string()),
  /** The generation that the error is about. */
  request_id: z.optional(requestId),
})

/** There is no such request. */
export const falNotFound = z.object({
  /** Always `NOT_FOUND`. */
  status: z.literal('NOT_FOUND'),
  /** A sentence. */
  detail: z.string(),
})
/** Cancellation was requested. */
export const falCancelRequested = z.object({
  /** Requested; only fal's verdict changes the status. */
  status: z.literal('CANCELLATION_REQUESTED'),
})
/** It is too late to cancel. */
export const falAlreadyCompleted = z.object({
  /** It had already ended. */
  status: z.literal('ALREADY_COMPLETED'),
})
