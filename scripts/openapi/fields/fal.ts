/** The fields of fal's own shapes. */
import type { Fields } from './field.ts'

const FAL_STATUS: Fields = {
  request_id: 'The id of the generation.',
  status: 'What fal has no word for, a failure, is `COMPLETED` with an `error`.',
  queue_position: 'Its place in the queue, 0 being next.',
  logs: 'What the model wrote while it rendered; null unless `logs=1` asked for it.',
  metrics: 'What was measured.',
  'metrics.inference_time': 'Seconds of rendering; null where that is not known.',
  error: 'Why it failed or was canceled.',
  error_type: "fal's name for that.",
}

export const FAL_FIELDS = {
  FalWebhook: {
    request_id: "fal's id of the request.",
    status: 'How it ended.',
    payload: "The model's output, or what went wrong.",
    error: 'What went wrong, in a sentence.',
  },
  FalQueued: {
    request_id: 'The id of the generation.',
    gateway_request_id: 'The same.',
    status: 'Always `IN_QUEUE`, even where fal has refused it: that shows on status and result.',
    queue_position: 'Its place in the queue, 0 being next.',
    response_url: 'Where the result will be.',
    status_url: 'Where the status is.',
    cancel_url: 'Where to cancel it.',
  },
  FalStatus: {},
  FalInQueue: FAL_STATUS,
  FalInProgress: FAL_STATUS,
  FalCompleted: FAL_STATUS,
  FalLogLine: {
    message: 'The line.',
    level: 'How grave.',
    source: 'Who wrote it.',
    timestamp: 'When.',
  },
  FalOutput: {
    video: 'The video.',
    'video.url': 'Where to play or download it.',
    'video.content_type': 'As fal named it.',
    'video.file_name': 'As fal named it.',
    'video.file_size': 'Bytes.',
  },
  FalError: {
    detail: 'A sentence, or one entry a field.',
    'detail[].loc': 'Which field, from the body down.',
    'detail[].msg': 'What is wrong with it.',
    'detail[].type': "fal's name for that.",
    error_type: 'What kind of failure.',
    request_id: 'The generation that this is about.',
  },
  FalNotFound: { status: 'Always `NOT_FOUND`.', detail: 'A sentence.' },
  FalCancelRequested: { status: 'Asked for; the status changes with the verdict of fal alone.' },
  FalAlreadyCompleted: { status: 'It had ended before.' },
} as const satisfies Record<string, Fields>
