/** A schedule in words. */
import type { Schedule } from '../../contract/schedule-answers.ts'
import type { Voice } from '../session.ts'
import { printable } from '../shell.ts'
import { clockTime, usd, usdOrNone } from '../words.ts'

export const showSchedule = ({ printFacts }: Voice, schedule: Schedule): void => {
  const { timezone, input, prompts, starts_at, ends_at, paused, paused_reason } = schedule
  const what = [input.resolution, input.aspect_ratio, input.duration && `${input.duration} s`]
  const optional: readonly (readonly [string, string | null | undefined])[] = [
    ['prompt', input.prompt],
    ['prompts', prompts === null ? null : `${prompts.length}, in turn`],
    ['starts', starts_at === null ? null : clockTime(starts_at, timezone)],
    ['ends', ends_at === null ? null : clockTime(ends_at, timezone)],
    ['daily budget', usdOrNone(schedule.daily_budget_usd)],
    ['30 days', `${usd(schedule.projected_monthly_usd)} at today's price`],
    ['runs so far', String(schedule.run_count)],
  ]
  printFacts([
    ['id', schedule.id],
    ['name', printable(schedule.name)],
    ['state', paused ? `paused (${paused_reason ?? 'requested'})` : 'active'],
    ['cron', `${schedule.cron} (${timezone})`],
    ['video', what.filter((part) => part !== undefined).join(', ')],
    ...optional.flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, printable(value)] as const],
    ),
    ...(paused ? [] : schedule.next_runs.map((at) => ['next', clockTime(at, timezone)] as const)),
  ])
}
