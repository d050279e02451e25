/** `pika-edge schedules update`: changes of a schedule that exists. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { usageError } from '../cli-error.ts'
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
import { showSchedule } from './schedule-view.ts'

const EXAMPLES = `${PROMPT_HELP}
Examples:
  $ pika-edge schedules update sch_… --cron '0 10 * * *'
  $ pika-edge schedules update sch_… 'Sunset on {{date}}' -r 1080p --daily-budget none
`

export const addUpdate = (schedules: CommandUnknownOpts, cli: Cli): void => {
  schedules
    .command('update <id> [prompt...]')
    .usage('[options] <id> [prompt]')
    .description('change a schedule; what is not named stays as it is')
    .option('--name <name>', 'what it is called')
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
    .addOption(catchUpOption())
    .addOption(budgetOption())
    .addOption(yesOption())
    .addHelpText('after', EXAMPLES)
    .action(async (id, words, options) => {
      const session = cli.open()
      const { ask, api, shell, wantsJson, printJson } = session
      const { name, cron, catchUp, dailyBudget } = options
      const { input, ...others } = await readSchedule(words, options, shell, false)
      const changesInput = Object.keys(input).length > 0 || others.prompts !== undefined
      const plain = {
        ...others,
        ...(name === undefined ? {} : { name }),
        ...(cron === undefined ? {} : { cron }),
        ...(catchUp === undefined ? {} : { catch_up: catchUp }),
        ...(dailyBudget === undefined ? {} : { daily_budget_usd: orNull(dailyBudget) }),
      }
      if (!changesInput && Object.keys(plain).length === 0) {
        throw usageError('name what to change; see --help')
      }
      const before = await ask((call) => api.schedules[':id'].$get({ param: { id } }, call))
      // A new prompt takes the place of several, and several that of one.
      const { prompt, ...rest } = { ...before.input, ...input }
      const hasPrompt = prompt !== undefined && others.prompts === undefined
      const json = {
        ...plain,
        ...(changesInput ? { input: hasPrompt ? { ...rest, prompt } : rest } : {}),
        ...('prompt' in input ? { prompts: null } : {}),
      }
      const { cron: at, timezone, prompts, starts_at, ends_at, paused, daily_budget_usd } = before
      const kept = { cron: at, timezone, prompts, starts_at, ends_at, paused, daily_budget_usd }
      await agreeToMonthly(
        session,
        options.yes,
        { ...kept, input: before.input, ...json },
        before.projected_monthly_usd,
      )
      const changed = await ask((call) =>
        api.schedules[':id'].$patch({ param: { id }, json }, call),
      )
      if (wantsJson) printJson(changed)
      else showSchedule(session, changed)
    })
}
