/** `pika-edge schedules`: videos on a cron. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Schedule, ScheduleSummary } from '../../client/index.ts'
import { confirm } from '../confirm.ts'
import { planFollowing } from '../follow.ts'
import { agreeToMonthly } from '../monthly.ts'
import { limitOption, withSpending, yesOption } from '../options.ts'
import { pay } from '../pay.ts'
import type { Cli, Session } from '../session.ts'
import { printable } from '../shell.ts'
import { clockTime, usd, usdOrNone } from '../words.ts'
import { addCreate, addPreview, addUpdate } from './schedules-write.ts'

const HELP = `
Examples:
  $ pika-edge schedules preview --cron '0 9 * * *' --timezone Europe/Paris
  $ pika-edge schedules create mornings --cron '0 9 * * *' 'Sunrise on {{date}}'
  $ pika-edge schedules pause sch_…
  $ pika-edge schedules run sch_… --out today.mp4
`

export const addSchedules = (program: CommandUnknownOpts, cli: Cli): void => {
  const schedules = program
    .command('schedules')
    .alias('schedule')
    .description('videos on a cron')
    .addHelpText('after', HELP)
  addCreate(schedules, cli, showSchedule)
  addPreview(schedules, cli)
  addReading(schedules, cli)
  addUpdate(schedules, cli, showSchedule)
  addPausing(schedules, cli)
  addRunning(schedules, cli)
}

const addReading = (schedules: CommandUnknownOpts, cli: Cli): void => {
  schedules
    .command('list')
    .description('the schedules of the account')
    .addOption(limitOption())
    .action(async ({ limit }) => {
      const { ask, api, showList, tableTime } = cli.open()
      const query = { limit: String(limit) }
      const page = await ask((call) => api.schedules.$get({ query }, call))
      showList(page, ['id', 'state', 'next', 'cron', 'name'], (one) => [
        one.id,
        stateOf(one),
        tableTime(one.next_run_at),
        one.cron,
        printable(one.name),
      ])
    })
  schedules
    .command('get <id>')
    .alias('show')
    .description('one schedule, and its next times')
    .action(async (id) => {
      const session = cli.open()
      const { ask, api } = session
      showSchedule(session, await ask((call) => api.schedules[':id'].$get({ param: { id } }, call)))
    })
}

const addPausing = (schedules: CommandUnknownOpts, cli: Cli): void => {
  schedules
    .command('pause <id>')
    .description('run nothing until it is resumed')
    .action((id) => setPaused(cli.open(), id, true))
  schedules
    .command('resume <id>')
    .description('run it again')
    .addOption(yesOption())
    .action(async (id, { yes }) => {
      const session = cli.open()
      const { ask, api } = session
      const { cron, timezone, input, prompts, daily_budget_usd, starts_at, ends_at } = await ask(
        (call) => api.schedules[':id'].$get({ param: { id } }, call),
      )
      const times = { cron, timezone, starts_at, ends_at }
      await agreeToMonthly(session, yes, { ...times, input, prompts, daily_budget_usd })
      await setPaused(session, id, false)
    })
  schedules
    .command('delete <id>')
    .description('delete it; its videos stay')
    .addOption(yesOption())
    .action(async (id, { yes }) => {
      const session = cli.open()
      const { ask, api, done } = session
      await confirm(session, `Delete the schedule ${id} for good?`, yes)
      const gone = await ask((call) => api.schedules[':id'].$delete({ param: { id } }, call))
      done(gone, `${id}  deleted`)
    })
}

const addRunning = (schedules: CommandUnknownOpts, cli: Cli): void => {
  withSpending(schedules.command('run <id>'))
    .description('run it once now, and wait for the video')
    .action(async (id, options) => {
      const session = cli.open()
      const target = planFollowing(session, options)
      await pay(session, target, options, (call) =>
        session.api.schedules[':id'].run.$post({ param: { id } }, call),
      )
    })
  schedules
    .command('runs <id>')
    .description('its runs, newest first')
    .addOption(limitOption())
    .action(async (id, { limit }) => {
      const { ask, api, showList, tableTime } = cli.open()
      const query = { limit: String(limit) }
      const page = await ask((call) =>
        api.schedules[':id'].runs.$get({ param: { id }, query }, call),
      )
      showList(page, ['time', 'by', 'outcome', 'generation', 'detail'], (run) => [
        tableTime(run.slot),
        run.trigger,
        run.slots === 1 ? run.outcome : `${run.outcome} x${run.slots}`,
        run.generation_id ?? '-',
        printable(run.detail ?? run.reason ?? ''),
      ])
    })
}

const setPaused = async (
  { ask, api, done }: Session,
  id: string,
  paused: boolean,
): Promise<void> => {
  const changed = await ask((call) =>
    api.schedules[':id'].$patch({ param: { id }, json: { paused } }, call),
  )
  const { timezone, next_run_at } = changed
  const next = next_run_at === null ? 'nothing to come' : `next ${clockTime(next_run_at, timezone)}`
  done(changed, `${id}  ${changed.paused ? 'paused' : `active, ${next}`}`)
}

const stateOf = ({ paused, paused_reason }: ScheduleSummary): string =>
  paused ? `paused (${paused_reason ?? 'requested'})` : 'active'

const showSchedule = ({ show }: Session, schedule: Schedule): void => {
  const { timezone, input, prompts, starts_at, ends_at, paused } = schedule
  const what = [input.resolution, input.aspect_ratio, input.duration && `${input.duration} s`]
  const timeOf = (iso: string | null) => iso && clockTime(iso, timezone)
  show(schedule, [
    ['id', schedule.id],
    ['name', printable(schedule.name)],
    ['state', stateOf(schedule)],
    ['cron', `${schedule.cron} (${timezone})`],
    ['video', what.filter((part) => part !== undefined).join(', ')],
    ['prompt', input.prompt && printable(input.prompt)],
    ['prompts', prompts && `${prompts.length}, in turn`],
    ['user', schedule.user && printable(schedule.user)],
    ['webhook', schedule.webhook_url && printable(schedule.webhook_url)],
    ['starts', timeOf(starts_at)],
    ['ends', timeOf(ends_at)],
    ['daily budget', usdOrNone(schedule.daily_budget_usd)],
    ['30 days', `${usd(schedule.projected_monthly_usd)} at today's price`],
    ['runs so far', String(schedule.run_count)],
    ...(paused ? [] : schedule.next_runs.map((at) => ['next', clockTime(at, timezone)] as const)),
  ])
}
