/** `pika-edge schedule create`: a new schedule. */
import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { CATCH_UPS } from '../../contract/schedule.ts'
import { idempotencyKeyOption } from '../follow-options.ts'
import {
  aspectRatioOption,
  dollars,
  durationOption,
  metadataOption,
  negativePromptOption,
  resolutionOption,
  seedOption,
} from '../model-options.ts'
import {
  cronOption,
  endsOption,
  fileOption,
  PROMPT_HELP,
  promptsOption,
  readTimes,
  startsOption,
  timezoneOption,
} from '../schedule-options.ts'
import type { Cli } from '../session.ts'
import { spend } from '../spend.ts'
import { showSchedule } from './schedule-view.ts'

const EXAMPLES = `${PROMPT_HELP}
Examples:
  $ pika-edge schedule create mornings --cron '0 9 * * *' --timezone Europe/Paris \\
      'Sunrise over Paris on {{date}}' --daily-budget 1
  $ pika-edge schedule create rotation --cron @hourly --prompts prompts.txt --paused
`

export const addCreate = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('create <name> [prompt]')
    .description('make a schedule')
    .addOption(cronOption())
    .addOption(timezoneOption())
    .addOption(fileOption())
    .addOption(promptsOption())
    .addOption(aspectRatioOption())
    .addOption(resolutionOption())
    .addOption(durationOption())
    .addOption(seedOption())
    .addOption(negativePromptOption())
    .addOption(metadataOption())
    .addOption(startsOption())
    .addOption(endsOption())
    .addOption(
      new Option(
        '--catch-up <which>',
        'what of missed times is made up for (default: skip)',
      ).choices(CATCH_UPS),
    )
    .option('--daily-budget <usd>', 'what its runs of a day may cost', dollars)
    .option('--paused', 'do not begin yet')
    .addOption(idempotencyKeyOption())
    .addHelpText('after', EXAMPLES)
    .action(async (name, prompt, options) => {
      const session = cli.open()
      const { api, shell, note, paint, wantsJson, printJson } = session
      const { dailyBudget, catchUp, paused } = options
      const json = {
        name,
        ...(await readTimes(prompt, options, shell)),
        ...(catchUp === undefined ? {} : { catch_up: catchUp }),
        ...(paused === undefined ? {} : { paused }),
        ...(dailyBudget === undefined ? {} : { daily_budget_usd: dailyBudget }),
      }
      const key = options.idempotencyKey ?? crypto.randomUUID()
      const { body } = await spend(note, key, shell.signal, (call) =>
        api.schedules.$post({ json }, call),
      )
      if (wantsJson) return printJson(body)
      showSchedule(session, body)
      note(`${paint.err('green', '✔')} made`)
    })
}
