/** `pika-edge schedules create`, `update` and `preview`: what a schedule is to do. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Schedule } from '../../client/index.ts'
import { usageError } from '../cli-error.ts'
import { agreeToMonthly } from '../monthly.ts'
import { cronOption, given, keyOption, withSchedule, yesOption } from '../options.ts'
import { PROMPT_HELP, readSchedule } from '../schedule-body.ts'
import type { Cli, Session } from '../session.ts'
import { printable } from '../shell.ts'
import { spend } from '../spend.ts'
import { clockTime, usd } from '../words.ts'

type Show = (session: Session, schedule: Schedule) => void

export const addCreate = (schedules: CommandUnknownOpts, cli: Cli, show: Show): void => {
  withSchedule(
    schedules.command('create <name> [prompt...]').addOption(cronOption().makeOptionMandatory()),
  )
    .usage('[options] <name> [prompt]')
    .description('create a schedule')
    .option('--paused', 'do not start yet')
    .addOption(yesOption())
    .addOption(keyOption())
    .addHelpText(
      'after',
      `${PROMPT_HELP}
Examples:
  $ pika-edge schedules create mornings --cron '0 9 * * *' --timezone Europe/Paris \\
      'Sunrise over Paris on {{date}}' --daily-budget 1
  $ pika-edge schedules create rotation --cron @hourly --prompts prompts.txt --paused
`,
    )
    .action(async (name, words, options) => {
      const session = cli.open()
      const { api, shell, note, paint, wantsJson } = session
      const { cron, paused, yes, idempotencyKey = crypto.randomUUID() } = options
      const body = await readSchedule(words, options, shell, true)
      const json = { name, cron, ...body, ...given({ paused }) }
      await agreeToMonthly(session, yes, json)
      const { body: made } = await spend(note, idempotencyKey, shell.signal, (call) =>
        api.schedules.$post({ json }, call),
      )
      show(session, made)
      if (!wantsJson) note(`${paint.err('green', '✔')} created`)
    })
}

export const addUpdate = (schedules: CommandUnknownOpts, cli: Cli, show: Show): void => {
  withSchedule(
    schedules
      .command('update <id> [prompt...]')
      .option('--name <name>', 'its name')
      .addOption(cronOption()),
  )
    .usage('[options] <id> [prompt]')
    .description('change a schedule; what is not named stays as it is')
    .addOption(yesOption())
    .addHelpText(
      'after',
      `${PROMPT_HELP}'none' as --user or --webhook-url removes it.

Examples:
  $ pika-edge schedules update sch_… --cron '0 10 * * *'
  $ pika-edge schedules update sch_… 'Sunset on {{date}}' -r 1080p --daily-budget none
`,
    )
    .action(async (id, words, options) => {
      const session = cli.open()
      const { ask, api, shell } = session
      const { name, cron, yes } = options
      const { input, ...others } = await readSchedule(words, options, shell, false)
      const changesInput = Object.keys(input).length > 0 || others.prompts !== undefined
      const plain = { ...others, ...given({ name, cron }) }
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
      const { timezone, prompts, starts_at, ends_at, paused, daily_budget_usd } = before
      const kept = { timezone, prompts, starts_at, ends_at, paused, daily_budget_usd }
      await agreeToMonthly(
        session,
        yes,
        { ...kept, cron: before.cron, input: before.input, ...json },
        before.projected_monthly_usd,
      )
      show(session, await ask((call) => api.schedules[':id'].$patch({ param: { id }, json }, call)))
    })
}

export const addPreview = (schedules: CommandUnknownOpts, cli: Cli): void => {
  withSchedule(
    schedules.command('preview [prompt...]').addOption(cronOption().makeOptionMandatory()),
  )
    .usage('[options] [prompt]')
    .description('when it would run and what it would cost; nothing is kept')
    .addHelpText(
      'after',
      `${PROMPT_HELP}
Examples:
  $ pika-edge schedules preview --cron '0 9 * * 1-5' --timezone America/New_York -r 1080p
`,
    )
    .action(async (words, options) => {
      const { ask, api, shell, show } = cli.open()
      const { cron, file, prompts } = options
      const hasPrompt = words.length > 0 || file !== undefined || prompts !== undefined
      const body = await readSchedule(hasPrompt ? words : ['Any prompt'], options, shell, true)
      const json = { cron, ...body }
      const preview = await ask((call) => api.schedules.preview.$post({ json }, call))
      const { timezone, next_runs, cost_per_run_usd, projected_monthly_usd } = preview
      show(preview, [
        ['cron', `${preview.cron} (${timezone})`],
        ['a run', usd(cost_per_run_usd)],
        ['30 days', usd(projected_monthly_usd)],
        ['prompt', hasPrompt ? printable(preview.prompt) : null],
        ...next_runs.map((at) => ['runs', clockTime(at, timezone)] as const),
      ])
    })
}
