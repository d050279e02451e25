/** `pika-edge schedules`: videos on a cron. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { pageSize } from '../model-options.ts'
import type { Cli } from '../session.ts'
import { printable } from '../shell.ts'
import { addDelete, addPause, addResume } from './schedule-change.ts'
import { addCreate } from './schedule-create.ts'
import { addPreview } from './schedule-preview.ts'
import { addRun, addRuns } from './schedule-runs.ts'
import { addUpdate } from './schedule-update.ts'
import { showSchedule } from './schedule-view.ts'

const EXAMPLES = `
Examples:
  $ pika-edge schedules preview --cron '0 9 * * *' --timezone Europe/Paris
  $ pika-edge schedules create mornings --cron '0 9 * * *' 'Sunrise on {{date}}'
  $ pika-edge schedules pause sch_…
  $ pika-edge schedules run sch_… --out today.mp4
`

export const addSchedule = (program: CommandUnknownOpts, cli: Cli): void => {
  const schedule = program
    .command('schedules')
    .alias('schedule')
    .description('videos on a cron: create, preview, list, get, update, pause, resume, run, delete')
    .addHelpText('after', EXAMPLES)
  addCreate(schedule, cli)
  addPreview(schedule, cli)
  addList(schedule, cli)
  addGet(schedule, cli)
  addUpdate(schedule, cli)
  addPause(schedule, cli)
  addResume(schedule, cli)
  addRun(schedule, cli)
  addRuns(schedule, cli)
  addDelete(schedule, cli)
}

const addList = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('list')
    .description('the schedules of the account')
    .option('-l, --limit <count>', 'how many, 100 at most', pageSize, 20)
    .action(async ({ limit }) => {
      const { ask, api, wantsJson, printJson, printTable, tableTime, note, paint } = cli.open()
      const query = { limit: String(limit) }
      const list = await ask((call) => api.schedules.$get({ query }, call))
      if (wantsJson) return printJson(list)
      if (list.data.length === 0) return note('There are none.')
      const rows = list.data.map((one) => [
        one.id,
        one.paused ? `paused (${one.paused_reason ?? 'requested'})` : 'active',
        one.next_run_at === null ? '-' : tableTime(one.next_run_at),
        one.cron,
        printable(one.name),
      ])
      printTable(['id', 'state', 'next', 'cron', 'name'], rows)
      if (list.has_more) note(paint.err('dim', 'There are more: --limit'))
    })
}

const addGet = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('get <id>')
    .alias('show')
    .description('one schedule, and its next times')
    .action(async (id) => {
      const session = cli.open()
      const { ask, api, wantsJson, printJson } = session
      const found = await ask((call) => api.schedules[':id'].$get({ param: { id } }, call))
      if (wantsJson) printJson(found)
      else showSchedule(session, found)
    })
}
