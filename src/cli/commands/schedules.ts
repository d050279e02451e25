/** `pika-edge schedules`: videos on a cron schedule. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Schedule, ScheduleSummary } from '../../client/index.ts'
import { cronWords, PAUSED_WORDS } from '../../contract/schedule-words.ts'
import { usd } from '../../contract/words.ts'
import { confirm } from '../questions.ts'
import { LIMIT, withSpending, YES } from '../options.ts'
import { pay } from '../pay.ts'
import type { Cli, Session } from '../session.ts'
import { noun, verb } from '../verb.ts'
import { clockTime, factsOf } from '../words.ts'
import { addWriting, agreeToMonthly } from './schedules-write.ts'

const HELP = `videos on a cron schedule

Examples:
  $ pika-edge schedules preview --cron '0 9 * * *' --timezone Europe/Paris
  $ pika-edge schedules create mornings --cron '0 9 * * *' 'Sunrise on {{date}}'
  $ pika-edge schedules pause sch_…
  $ pika-edge schedules run sch_… --out today.mp4
`

export const addSchedules = (program: CommandUnknownOpts, cli: Cli): void => {
  const { action } = cli
  const schedules = noun(program, 'schedules', HELP)
  addWriting(schedules, cli, showSchedule)
  action(
    verb(schedules, 'list', 'the schedules of the account').option(...LIMIT),
    async ({ pika, signal, showList, tableTime }, { limit }) => {
      const page = await pika.schedules.list({ limit, signal })
      showList(page, ['id', 'state', 'next', 'cron', 'name'], (one) => [
        one.id,
        stateOf(one),
        tableTime(one.next_run_at),
        one.cron,
        one.name,
      ])
    },
  )
  action(
    verb(schedules, 'get|show <id>', 'one schedule, and its next runs'),
    async (session, id) => {
      showSchedule(session, await session.pika.schedules.get(id, session))
    },
  )
  action(verb(schedules, 'pause <id>', 'stop its runs until it is resumed'), (session, id) =>
    setPaused(session, id, true),
  )
  action(
    verb(schedules, 'resume <id>', 'let it run again').option(...YES),
    async (session, id, { yes }) => {
      const { cron, timezone, input, prompts, daily_budget_usd, starts_at, ends_at } =
        await session.pika.schedules.get(id, session)
      const times = { cron, timezone, starts_at, ends_at }
      await agreeToMonthly(session, yes, { ...times, input, prompts, daily_budget_usd })
      await setPaused(session, id, false)
    },
  )
  action(
    verb(schedules, 'delete <id>', 'delete it; its videos stay').option(...YES),
    async (session, id, { yes }) => {
      await confirm(session, `Delete the schedule ${id} permanently?`, yes)
      const gone = await session.ask(session.api.schedules[':id'].$delete, { param: { id } })
      session.done(gone, `${id}  deleted`)
    },
  )
  action(
    withSpending(verb(schedules, 'run <id>', 'run it once now, and wait for the video')),
    (session, id, options) =>
      pay(session, options, session.api.schedules[':id'].run.$post, { param: { id } }),
  )
  action(
    verb(schedules, 'runs <id>', 'its runs, newest first').option(...LIMIT),
    async ({ pika, signal, showList, tableTime }, id, { limit }) => {
      const page = await pika.schedules.runs(id, { limit, signal })
      showList(page, ['time', 'by', 'outcome', 'generation', 'detail'], (run) => [
        tableTime(run.slot),
        run.trigger,
        run.slots === 1 ? run.outcome : `${run.outcome} x${run.slots}`,
        run.generation_id,
        run.detail ?? run.reason ?? '',
      ])
    },
  )
}

const setPaused = async (session: Session, id: string, paused: boolean): Promise<void> => {
  const changed = await session.pika.schedules.update(id, { paused }, session)
  const { timezone, next_run_at } = changed
  const next = next_run_at === null ? 'no runs left' : `next ${clockTime(next_run_at, timezone)}`
  session.done(changed, `${id}  ${changed.paused ? 'paused' : `active, ${next}`}`)
}

const stateOf = ({ paused, paused_reason }: ScheduleSummary): string =>
  paused ? `paused (${paused_reason ?? 'requested'})` : 'active'

const showSchedule = ({ show }: Session, schedule: Schedule): void => {
  const { timezone, input, prompts, starts_at, ends_at, paused } = schedule
  const what = [input.resolution, input.aspect_ratio, input.duration && `${input.duration} s`]
  const timeOf = (iso: string | null) => iso && clockTime(iso, timezone)
  show(schedule, [
    ...factsOf(schedule, 'id', 'name'),
    [
      'state',
      paused ? PAUSED_WORDS[schedule.paused_reason ?? 'requested'].toLowerCase() : 'active',
    ],
    ['cron', `${schedule.cron} (${timezone})`],
    ['times', cronWords(schedule.cron)],
    ['video', what.filter((part) => part !== undefined).join(', ')],
    ['prompt', input.prompt],
    ['prompts', prompts && `${prompts.length}, in turn`],
    ...factsOf(schedule, 'user', 'webhook_url'),
    ['starts', timeOf(starts_at)],
    ['ends', timeOf(ends_at)],
    ...factsOf(schedule, 'daily_budget_usd'),
    ['30 days', `${usd(schedule.projected_monthly_usd)} at today's price`],
    ['runs so far', schedule.run_count],
    ...(paused ? [] : schedule.next_runs.map((at) => ['next', clockTime(at, timezone)] as const)),
  ])
}
