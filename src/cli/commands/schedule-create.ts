/** `pika-edge schedule create` and `preview`: generations on a cron. */
import { readFileSync } from 'node:fs'
import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { CATCH_UPS, PLACEHOLDERS } from '../../contract/schedule.ts'
import { usageError } from '../cli-error.ts'
import { time } from '../date-options.ts'
import { idempotencyKeyOption } from '../follow-options.ts'
import {
  aspectRatioOption,
  dollars,
  durationOption,
  metadataOption,
  type ModelFlags,
  negativePromptOption,
  readInput,
  resolutionOption,
  seedOption,
} from '../model-options.ts'
import { readPrompt } from '../prompt.ts'
import type { Cli } from '../session.ts'
import { type Shell, printable } from '../shell.ts'
import { spend } from '../spend.ts'
import { facts } from '../table.ts'
import { clockTime, usd } from '../words.ts'
import { showSchedule } from './schedule-view.ts'

const cronOption = () =>
  new Option('--cron <expression>', "when, such as '0 9 * * 1-5' or @daily").makeOptionMandatory()
const timezoneOption = () =>
  new Option('--timezone <zone>', 'whose clocks, such as Europe/Paris (default: UTC)')
const promptsOption = () =>
  new Option('--prompts <path>', 'a file with a prompt a line, taken in turn')
const fileOption = () => new Option('-f, --file <path>', 'read the prompt from a file')
const startsOption = () => new Option('--starts <time>', 'nothing runs before it').argParser(time)
const endsOption = () => new Option('--ends <time>', 'nothing runs from then on').argParser(time)

const PROMPT_HELP = `
A prompt may have ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')} for each run to fill in.
`
const EXAMPLES = `${PROMPT_HELP}
Examples:
  $ pika-edge schedule create mornings --cron '0 9 * * *' --timezone Europe/Paris \\
      'Sunrise over Paris on {{date}}' --daily-budget 1
  $ pika-edge schedule create rotation --cron @hourly --prompts prompts.txt --paused
`
const PREVIEW_EXAMPLES = `${PROMPT_HELP}
Examples:
  $ pika-edge schedule preview --cron '0 9 * * 1-5' --timezone America/New_York -r 1080p
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

export const addPreview = (schedule: CommandUnknownOpts, cli: Cli): void => {
  schedule
    .command('preview [prompt]')
    .description('when it would run and what it would cost; nothing is kept')
    .addOption(cronOption())
    .addOption(timezoneOption())
    .addOption(fileOption())
    .addOption(promptsOption())
    .addOption(aspectRatioOption())
    .addOption(resolutionOption())
    .addOption(durationOption())
    .addOption(startsOption())
    .addOption(endsOption())
    .addHelpText('after', PREVIEW_EXAMPLES)
    .action(async (given, options) => {
      const { ask, api, shell, wantsJson, printJson, print, paint } = cli.open()
      const hasPrompt = [given, options.file, options.prompts].some((one) => one !== undefined)
      const prompt = hasPrompt ? given : 'Any prompt'
      const json = { name: 'preview', ...(await readTimes(prompt, options, shell)) }
      const preview = await ask((call) => api.schedules.preview.$post({ json }, call))
      if (wantsJson) return printJson(preview)
      const { timezone, next_runs, cost_per_run_usd, projected_monthly_usd } = preview
      const lines = facts(
        [
          ['cron', `${preview.cron} (${timezone})`],
          ['a run', usd(cost_per_run_usd)],
          ['30 days', usd(projected_monthly_usd)],
          ...(hasPrompt ? [['prompt', printable(preview.prompt)] as const] : []),
          ...next_runs.map((at) => ['runs', clockTime(at, timezone)] as const),
        ],
        paint.out,
      )
      for (const line of lines) print(line)
    })
}

interface TimeFlags extends ModelFlags {
  readonly cron: string
  readonly timezone?: string | undefined
  readonly file?: string | undefined
  readonly prompts?: string | undefined
  readonly starts?: string | undefined
  readonly ends?: string | undefined
}

/** What `create` and `preview` have in common. */
const readTimes = async (given: string | undefined, flags: TimeFlags, shell: Shell) => {
  const { cron, timezone, file, prompts, starts, ends } = flags
  const lines = prompts === undefined ? undefined : readLines(prompts)
  if (lines !== undefined && (given !== undefined || file !== undefined)) {
    throw usageError('give one prompt, or --prompts, not both')
  }
  // Not read where there are prompts to be taken in turn.
  const text = lines === undefined ? await readPrompt(given, file, shell) : ''
  const { metadata, prompt, ...others } = readInput(text, flags)
  return {
    cron,
    input: lines === undefined ? { ...others, prompt } : others,
    ...(lines === undefined ? {} : { prompts: lines }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(starts === undefined ? {} : { starts_at: starts }),
    ...(ends === undefined ? {} : { ends_at: ends }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

const readLines = (path: string): string[] => {
  try {
    const lines = readFileSync(path, 'utf8').split(/\r?\n/)
    return lines.map((line) => line.trim()).filter((line) => line !== '')
  } catch {
    throw usageError(`the file ${path} cannot be read`)
  }
}
