/** What each field of each schema means. */
import type { ComponentName } from '../components.ts'
import { ACCOUNT_FIELDS } from './account.ts'
import { FAL_FIELDS } from './fal.ts'
import type { Fields } from './field.ts'
import { GENERATION_FIELDS } from './generation.ts'
import { INPUT_FIELDS } from './input.ts'
import { SCHEDULE_FIELDS } from './schedule.ts'
import { SERVICE_FIELDS } from './service.ts'
import { WEBHOOK_FIELDS } from './webhook.ts'

export const FIELDS: Readonly<Record<ComponentName, Fields>> = {
  ...INPUT_FIELDS,
  ...GENERATION_FIELDS,
  ...ACCOUNT_FIELDS,
  ...SCHEDULE_FIELDS,
  ...WEBHOOK_FIELDS,
  ...FAL_FIELDS,
  ...SERVICE_FIELDS,
}
