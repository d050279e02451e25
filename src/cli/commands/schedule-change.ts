/** `pika-edge schedules pause`, `resume` and `delete`. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { confirm } from '../confirm.ts'
import { agreeToMonthly } from '../monthly.ts'
import { yesOption } from '../schedule-options.ts'
import type { Cli, Session } from '../session.ts'
import { clockTime } from '../words.ts'

export const addPause = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('pause <id>')
    .description('let nothing run until it is resumed')
    .action((id) => setPaused(cli.open(), id, true))
}

export const addResume = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('resume <id>')
    .description('let it run again')
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
}

export const addDelete = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('delete <id>')
    .description('end it for good; what it made stays')
    .option('-y, --yes', 'do not ask')
    .action(async (id, { yes }) => {
      const session = cli.open()
      const { ask, api, wantsJson, printJson, print } = session
      await confirm(session, `Delete the schedule ${id} for good?`, yes)
      const gone = await ask((call) => api.schedules[':id'].$delete({ param: { id } }, call))
      if (wantsJson) return printJson(gone)
      print(`${id}  deleted`)
    })
}

const setPaused = async (
  { ask, api, wantsJson, printJson, print }: Session,
  id: string,
  paused: boolean,
): Promise<void> => {
  const changed = await ask((call) =>
    api.schedules[':id'].$patch({ param: { id }, json: { paused } }, call),
  )
  if (wantsJson) return printJson(changed)
  const { timezone, next_run_at } = changed
  const next = next_run_at === null ? 'nothing to come' : `next ${clockTime(next_run_at, timezone)}`
  print(`${id}  ${changed.paused ? 'paused' : `active, ${next}`}`)
}
