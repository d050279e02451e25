/** `pika-edge schedules run` and `runs`: one run now, and those that were. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import {
  cancelOnInterruptOption,
  forceOption,
  idempotencyKeyOption,
  outOption,
  timeoutOption,
} from '../follow-options.ts'
import { planFollowing } from '../follow.ts'
import { pageSize } from '../model-options.ts'
import { pay } from '../pay.ts'
import type { Cli } from '../session.ts'
import { printable } from '../shell.ts'

export const addRun = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('run <id>')
    .description('run it once now, and wait for the video')
    .addOption(outOption())
    .addOption(forceOption())
    .option('--wait', 'wait for the end (default)')
    .option('--no-wait', "print the generation's id as soon as it is accepted")
    .addOption(timeoutOption())
    .addOption(cancelOnInterruptOption())
    .addOption(idempotencyKeyOption())
    .action(async (id, options) => {
      const session = cli.open()
      const target = planFollowing(session, options)
      await pay(session, target, options, (call) =>
        session.api.schedules[':id'].run.$post({ param: { id } }, call),
      )
    })
}

export const addRuns = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('runs <id>')
    .description('its runs, newest first')
    .option('-l, --limit <count>', 'how many, 100 at most', pageSize, 20)
    .action(async (id, { limit }) => {
      const { ask, api, wantsJson, printJson, printTable, tableTime, note } = cli.open()
      const query = { limit: String(limit) }
      const list = await ask((call) =>
        api.schedules[':id'].runs.$get({ param: { id }, query }, call),
      )
      if (wantsJson) return printJson(list)
      if (list.data.length === 0) return note('There are none.')
      const rows = list.data.map((run) => [
        tableTime(run.slot),
        run.trigger,
        run.slots === 1 ? run.outcome : `${run.outcome} x${run.slots}`,
        run.generation_id ?? '-',
        printable(run.detail ?? run.reason ?? ''),
      ])
      const columns = ['time', 'by', 'outcome', 'generation', 'detail']
      printTable(columns, rows)
    })
}
