/** `pika-edge schedules preview`: when it would run, and for how much. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { aspectRatioOption, durationOption, resolutionOption } from '../model-options.ts'
import {
  cronOption,
  endsOption,
  fileOption,
  PROMPT_HELP,
  promptsOption,
  readSchedule,
  startsOption,
  timezoneOption,
} from '../schedule-options.ts'
import type { Cli } from '../session.ts'
import { printable } from '../shell.ts'
import { clockTime, usd } from '../words.ts'

const EXAMPLES = `${PROMPT_HELP}
Examples:
  $ pika-edge schedules preview --cron '0 9 * * 1-5' --timezone America/New_York -r 1080p
`

export const addPreview = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('preview [prompt...]')
    .usage('[options] [prompt]')
    .description('when it would run and what it would cost; nothing is kept')
    .addOption(cronOption().makeOptionMandatory())
    .addOption(timezoneOption())
    .addOption(fileOption())
    .addOption(promptsOption())
    .addOption(aspectRatioOption())
    .addOption(resolutionOption())
    .addOption(durationOption())
    .addOption(startsOption())
    .addOption(endsOption())
    .addHelpText('after', EXAMPLES)
    .action(async (words, options) => {
      const { ask, api, shell, wantsJson, printJson, printFacts } = cli.open()
      const { cron, file, prompts } = options
      const hasPrompt = words.length > 0 || file !== undefined || prompts !== undefined
      const given = hasPrompt ? words : ['Any prompt']
      const json = { cron, ...(await readSchedule(given, options, shell, true)) }
      const preview = await ask((call) => api.schedules.preview.$post({ json }, call))
      if (wantsJson) return printJson(preview)
      const { timezone, next_runs, cost_per_run_usd, projected_monthly_usd } = preview
      printFacts([
        ['cron', `${preview.cron} (${timezone})`],
        ['a run', usd(cost_per_run_usd)],
        ['30 days', usd(projected_monthly_usd)],
        ...(hasPrompt ? [['prompt', printable(preview.prompt)] as const] : []),
        ...next_runs.map((at) => ['runs', clockTime(at, timezone)] as const),
      ])
    })
}
