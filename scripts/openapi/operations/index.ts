/** Every operation of the gateway by its tag, in the order in which the reference shows them. */
import type { Operations } from '../types.ts'
import { accountOperations, keyOperations } from './account.ts'
import { eventOperations } from './events.ts'
import { falOperations } from './fal.ts'
import { generationOperations } from './generations.ts'
import { scheduleOperations } from './schedules.ts'
import { serviceOperations } from './service.ts'
import { videoOperations } from './videos.ts'
import { webhookOperations } from './webhooks.ts'

export const OPERATIONS: readonly [tag: string, operations: Operations][] = [
  ['Generations', { ...generationOperations, ...eventOperations, ...videoOperations }],
  ['Schedules', scheduleOperations],
  ['Webhooks', webhookOperations],
  ['Account', accountOperations],
  ['Keys', keyOperations],
  ["fal's protocol", falOperations],
  ['Service', serviceOperations],
]
