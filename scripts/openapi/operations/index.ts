/** Every operation of the gateway, in the order in which the reference shows them. */
import type { Operation } from '../types.ts'
import { accountOperations } from './account.ts'
import { eventOperations } from './events.ts'
import { falOperations } from './fal.ts'
import { generationOperations } from './generations.ts'
import { scheduleOperations } from './schedules.ts'
import { webhookOperations } from './webhooks.ts'
import { videoOperations } from './videos.ts'
import { pageOperations, serviceOperations } from './service.ts'

export const OPERATIONS: readonly Operation[] = [
  ...generationOperations,
  ...eventOperations,
  ...videoOperations,
  ...scheduleOperations,
  ...webhookOperations,
  ...accountOperations,
  ...falOperations,
  ...serviceOperations,
  ...pageOperations,
]
