/** What the gateway sends itself: the `webhooks` of the description. */
import { TEST_EVENT, WEBHOOK_EVENTS, type WebhookEventType } from '../../src/contract/webhook.ts'
import type { ComponentName } from './components.ts'
import { canceled, completed, completedRun, failed, pausedSchedule } from './examples.ts'
import { parameterRef } from './parameters.ts'
import { schemaRef } from './schemas.ts'
import type { Schema } from './types.ts'

type Message = readonly [when: string, data: ComponentName, example?: unknown]

/** A new event does not compile until it has a text here. */
const MESSAGES: Readonly<Record<WebhookEventType, Message>> = {
  'generation.completed': ['A generation has its video', 'CompletedGeneration', completed],
  'generation.failed': ['A generation failed', 'FailedGeneration', failed],
  'generation.canceled': ['A generation was canceled', 'CanceledGeneration', canceled],
  'generation.late_result': [
    'fal delivered after the verdict, or named another job of the same generation',
    'Generation',
  ],
  'schedule.paused': [
    'A schedule paused itself, or its key was revoked',
    'ScheduleSummary',
    pausedSchedule,
  ],
  'schedule.run_failed': ['A run of a schedule failed', 'ScheduleRun', completedRun],
  'budget.threshold_reached': [
    '80 % or 100 % of a limit is spent, sent once a day',
    'BudgetThreshold',
  ],
}

const message = (type: string, when: string, data: Schema, example: unknown): Schema => {
  const timestamp = { type: 'string', format: 'date-time', description: 'When it happened.' }
  const schema = {
    type: 'object',
    required: ['type', 'timestamp', 'data'],
    properties: { type: { const: type }, timestamp, data },
  }
  const value = { type, timestamp: '2026-11-23T13:30:00.000Z', data: example }
  const examples = { message: { summary: when, value } }
  return {
    post: {
      operationId: `on_${type.replace('.', '_')}`,
      tags: ['Webhooks'],
      summary: when,
      description:
        'Sent at least once. It is tried nine times over about 24 hours, until the answer is a 2xx within 15 seconds.',
      security: [],
      parameters: ['webhookId', 'webhookTimestamp', 'webhookSignature'].map(parameterRef),
      requestBody: {
        required: true,
        content: { 'application/json': { schema, ...(example !== undefined && { examples }) } },
      },
      responses: {
        '2XX': { description: 'Accepted. The body is not read.' },
        '410': { description: 'The webhook is disabled.' },
        default: { description: 'It is tried again, no sooner than `Retry-After` says.' },
      },
    },
  }
}

export const webhookMessages = (): Schema => {
  const webhook_id = { type: 'string', description: 'The webhook that is tested.' }
  const tested = { type: 'object', required: ['webhook_id'], properties: { webhook_id } }
  return {
    ...Object.fromEntries(
      WEBHOOK_EVENTS.map((type) => {
        const [when, data, example] = MESSAGES[type]
        return [type, message(type, when, schemaRef(data), example)]
      }),
    ),
    [TEST_EVENT]: message(TEST_EVENT, 'Someone asked for a test', tested, {
      webhook_id: 'wh_01k9tz4q0c8m3v5x7b2n6d1f4h',
    }),
  }
}
