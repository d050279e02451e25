/** `pika-edge schedules create`: a new schedule. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { idempotencyKeyOption } from '../follow-options.ts'
import {
  aspectRatioOption,
  durationOption,
  metadataOption,
  negativePromptOption,
  orNull,
  resolutionOption,
  seedOption,
} from '../model-options.ts'
import { agreeToMonthly } from '../monthly.ts'
import {
  budgetOption,
  catchUpOption,
  cronOption,
  endsOption,
  fileOption,
  PROMPT_HELP,
  promptsOption,
  readSchedule,
  startsOption,
  timezoneOption,
  yesOption,
} from '../schedule-options.ts'
import type { Cli } from '../session.ts'
import { spend } from '../spend.ts'
import { showSchedule } from './schedule-view.ts'

const EXAMPLES = `${PROMPT_HELP}
Examples:
  $ pika-edge schedules create mornings --cron '0 9 * * *' --timezone Europe/Paris \\
      'Sunrise over Paris on {{date}}' --daily-budget 1
  $ pika-edge schedules create rotation --cron @hourly --prompts prompts.txt --paused
`

export const addCreate = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('create <name> [prompt...]')
    .usage('[options] <name> [prompt]')
    .description('make a schedule')
    .addOption(cronOption().makeOptionMandatory())
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
    .addOption(catchUpOption())
    .addOption(budgetOption())
    .option('--paused', 'do not begin yet')
    .addOption(yesOption())
    .addOption(idempotencyKeyOption())
    .addHelpText('after', EXAMPLES)
    .action(async (name, words, options) => {
      const session = cli.open()
      const { api, shell, note, paint, wantsJson, printJson } = session
      const { cron, dailyBudget, catchUp, paused, yes } = options
      const json = {
        name,
        cron,
        ...(await readSchedule(words, options, shell, true)),
        ...(catchUp === undefined ? {} : { catch_up: catchUp }),
        ...(paused === undefined ? {} : { paused }),
        ...(dailyBudget === undefined ? {} : { daily_budget_usd: orNull(dailyBudget) }),
      }
      await agreeToMonthly(session, yes, json)
      const key = options.idempotencyKey ?? crypto.randomUUID()
      const { body } = await spend(note, key, shell.signal, (call) =>
        api.schedules.$post({ json }, call),
      )
      if (wantsJson) return printJson(body)
      showSchedule(session, body)
      note(`${paint.err('green', '✔')} made`)
    })
}
