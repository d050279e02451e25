/** Asks before a schedule commits its account to much money. */
import { PikaError, type SchedulePreviewRequest } from '../client/index.ts'
import { confirm } from './confirm.ts'
import type { Session } from './session.ts'
import { usd } from './words.ts'

/** US dollars in 30 days: more than a video every two hours, as they come by default. */
const ASK_ABOVE_USD = 100
const DAYS = 30

/**
 * Returns if it costs little, or was agreed to.
 *
 * @param isAgreed nothing is asked, nor looked at
 * @param sofarUsd what it costs already: no more than that needs no consent
 */
export const agreeToMonthly = async (
  session: Session,
  isAgreed: true | undefined,
  request: SchedulePreviewRequest,
  sofarUsd = 0,
): Promise<void> => {
  if (isAgreed === true || request.paused === true) return
  const costUsd = await projectUsd(session, request)
  if (costUsd === undefined) {
    return confirm(session, 'This key cannot see what it will cost. Continue?', undefined)
  }
  if (costUsd <= Math.max(ASK_ABOVE_USD, sofarUsd)) return
  const limit = request.daily_budget_usd === undefined ? '; --daily-budget sets a limit' : ''
  const question = `It may cost ${usd(costUsd)} in ${DAYS} days${limit}. Continue?`
  await confirm(session, question, undefined)
}

/** Undefined if the key may not look. */
const projectUsd = async (
  { ask, api }: Session,
  json: SchedulePreviewRequest,
): Promise<number | undefined> => {
  try {
    const preview = await ask((call) => api.schedules.preview.$post({ json }, call))
    return Math.min(preview.projected_monthly_usd, DAYS * (json.daily_budget_usd ?? Infinity))
  } catch (error) {
    if (error instanceof PikaError && error.code === 'missing_scope') return undefined
    throw error
  }
}
