/** What fal's clients receive. */
import { completed, EXAMPLE_ID } from './examples.ts'

const { url, content_type, file_name, file_size } = completed.video
const request_id = EXAMPLE_ID
const base = `https://gateway.example/queue/fal-ai/pika/requests/${request_id}`
const open = {
  Waiting: { request_id, status: 'IN_QUEUE', queue_position: 2 },
  'Being rendered': { request_id, status: 'IN_PROGRESS', logs: null },
}

export const falStatusStream = Object.values(open)
  .map((value) => `data: ${JSON.stringify(value)}\n\n`)
  .join('')

export const falExamples = {
  FalQueued: {
    'In the queue': {
      status: 'IN_QUEUE',
      request_id,
      gateway_request_id: request_id,
      queue_position: 0,
      response_url: base,
      status_url: `${base}/status`,
      cancel_url: `${base}/cancel`,
    },
  },
  FalStatus: open,
  FalCompleted: {
    Done: { request_id, status: 'COMPLETED', logs: null, metrics: { inference_time: 47.753 } },
  },
  FalOutput: { 'The video': { video: { url, content_type, file_name, file_size } } },
  FalNotFound: { Unknown: { status: 'NOT_FOUND', detail: 'Request not found' } },
  FalCancelRequested: { 'Cancel requested': { status: 'CANCELLATION_REQUESTED' } },
  FalAlreadyCompleted: { 'Too late': { status: 'ALREADY_COMPLETED' } },
}
