/** `pika-edge schedule`: videos on a cron. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { pageSize } from '../model-options.ts'
import type { Cli } from '../session.ts'
import { printable } from '../shell.ts'
import { table } from '../table.ts'
import { clockTime } from '../words.ts'
import { addDelete, addPause, addResume } from './schedule-change.ts'
import { addCreate } from './schedule-create.ts'
import { addPreview } from './schedule-preview.ts'
import { addRun, addRuns } from './schedule-runs.ts'
import { showSchedule } from './schedule-view.ts'

const EXAMPLES = `
Examples:
  $ pika-edge schedule preview --cron '0 9 * * *' --timezone Europe/Paris
  $ pika-edge schedule create mornings --cron '0 9 * * *' 'Sunrise on {{date}}'
  $ pika-edge schedule pause sch_…
  $ pika-edge schedule run sch_… --out today.mp4
`

export const addSchedule = (program: CommandUnknownOpts, cli: Cli): void => {
  const schedule = program
    .command('schedule')
    .description('videos on a cron: make, list, show, preview, pause, resume, run, delete')
    .addHelpText('after', EXAMPLES)
  addCreate(schedule, cli)
  addPreview(schedule, cli)
  addList(schedule, cli)
  addShow(schedule, cli)
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
      const { ask, api, wantsJson, printJson, print, note, paint } = cli.open()
      const query = { limit: String(limit) }
      const list = await ask((call) => api.schedules.$get({ query }, call))
      if (wantsJson) return printJson(list)
      if (list.data.length === 0) return note('There are none.')
      const rows = list.data.map((one) => [
        one.id,
        one.paused ? `paused (${one.paused_reason ?? 'requested'})` : 'active',
        one.cron,
        one.timezone,
        one.next_run_at === null ? '-' : clockTime(one.next_run_at, one.timezone),
        String(one.run_count),
        printable(one.name),
      ])
      const columns = ['id', 'state', 'cron', 'time zone', 'next', 'runs', 'name']
      for (const line of table(columns, rows, { paint: paint.out })) print(line)
      if (list.has_more) note(paint.err('dim', 'There are more: --limit'))
    })
}

const addShow = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('show <id>')
    .description('one schedule, and its next times')
    .action(async (id) => {
      const session = cli.open()
      const { ask, api, wantsJson, printJson } = session
      const found = await ask((call) => api.schedules[':id'].$get({ param: { id } }, call))
      if (wantsJson) printJson(found)
      else showSchedule(session, found)
    })
}
