/** `pika-edge schedules create`, `update` and `preview`. */
import type { OptionValues } from '@commander-js/extra-typings'
import { PikaError, type Schedule, type SchedulePreviewRequest } from '../../client/index.ts'
import { cronWords, PAUSED_WORDS, usd } from '../../contract/words.ts'
import { PLACEHOLDERS, scheduleInput, scheduleUpdate } from '../../contract/schedule.ts'
import { usageError } from '../exit-codes.ts'
import { CRON, fieldsOf, KEY, withSchedule, YES } from '../options.ts'
import { readFile, readPrompt } from '../prompt.ts'
import { confirm } from '../questions.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'
import { spend } from '../calls.ts'
import { type Parent, verb } from '../verb.ts'
import { clockTime, factsOf } from '../words.ts'

const PROMPT_HELP = `
Each run fills in ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')} in the prompt.
`

const CREATE = `create a schedule
${PROMPT_HELP}
Examples:
  $ pika-edge schedules create mornings --cron '0 9 * * *' --timezone Europe/Paris \\
      'Sunrise over Paris on {{date}}' --daily-budget 1
  $ pika-edge schedules create rotation --cron @hourly --prompts prompts.txt --paused`

const UPDATE = `change a schedule; settings that you leave out stay as they are
${PROMPT_HELP}'none' as --user or --webhook-url removes it.

Examples:
  $ pika-edge schedules update sch_… --cron '0 10 * * *'
  $ pika-edge schedules update sch_… 'Sunset on {{date}}' -r 1080p --daily-budget none`

const PREVIEW = `when it would run and what it would cost; nothing is kept
${PROMPT_HELP}
Examples:
  $ pika-edge schedules preview --cron '0 9 * * 1-5' --timezone America/New_York -r 1080p`

export const addWriting = (schedules: Parent, session: Session): void => {
  const { shell, note } = session
  withSchedule(verb(schedules, 'create <name> [prompt...]', CREATE).requiredOption(...CRON))
    .option('--paused', 'do not start yet')
    .option(...YES)
    .option(...KEY)
    .action(async (name, words, options) => {
      const { cron, yes, idempotencyKey = crypto.randomUUID(), ...flags } = options
      const json = { ...(await readSchedule(words, flags, shell, true)), name, cron }
      await agreeToMonthly(session, yes, json)
      const { body } = await spend(note, idempotencyKey, shell.signal, (init) =>
        session.api.schedules.$post({ json }, init),
      )
      showSchedule(session, body)
      if (!session.wantsJson) session.tick('created')
    })
  withSchedule(verb(schedules, 'preview [prompt...]', PREVIEW).requiredOption(...CRON)).action(
    async (words, { cron, ...flags }) => {
      const { file, prompts } = flags
      const hasPrompt = words.length > 0 || file !== undefined || prompts !== undefined
      const asked = hasPrompt ? words : ['Any prompt']
      const json = { ...(await readSchedule(asked, flags, shell, true)), cron }
      const preview = await session.pika.schedules.preview(json, session)
      const { timezone, next_runs, cost_per_run_usd, projected_monthly_usd } = preview
      session.show(preview, [
        ['cron', `${preview.cron} (${timezone})`],
        ['times', cronWords(preview.cron)],
        ['a run', usd(cost_per_run_usd)],
        ['30 days', usd(projected_monthly_usd)],
        ['prompt', hasPrompt ? preview.prompt : null],
        ...next_runs.map((at) => ['runs', clockTime(at, timezone)] as const),
      ])
    },
  )
  withSchedule(
    verb(schedules, 'update <id> [prompt...]', UPDATE)
      .option('--name <name>', 'its new name')
      .option(...CRON),
  )
    .option(...YES)
    .action(async (id, words, { yes, ...flags }) => {
      const { pika } = session
      const { input, ...plain } = await readSchedule(words, flags, shell, false)
      const changesInput = Object.keys(input).length > 0 || plain.prompts !== undefined
      if (!changesInput && Object.keys(plain).length === 0) {
        throw usageError('name what to change; see --help')
      }
      const before = await pika.schedules.get(id, session)
      // A prompt replaces --prompts, and --prompts replaces the prompt.
      const { prompt, ...rest } = { ...before.input, ...input }
      const hasPrompt = prompt !== undefined && plain.prompts === undefined
      const json = {
        ...plain,
        ...(changesInput && { input: hasPrompt ? { ...rest, prompt } : rest }),
        ...('prompt' in input && { prompts: null }),
      }
      const sofarUsd = before.projected_monthly_usd
      await agreeToMonthly(session, yes, { ...plannedBy(before), ...json }, sofarUsd)
      showSchedule(session, await pika.schedules.update(id, json, session))
    })
}

export const showSchedule = ({ show }: Session, schedule: Schedule): void => {
  const { timezone, input, prompts, starts_at, ends_at, paused } = schedule
  const what = [input.resolution, input.aspect_ratio, input.duration && `${input.duration} s`]
  const state = paused ? PAUSED_WORDS[schedule.paused_reason ?? 'requested'] : 'active'
  const timeOf = (iso: string | null) => iso && clockTime(iso, timezone)
  show(schedule, [
    ...factsOf(schedule, 'id', 'name'),
    ['state', state.toLowerCase()],
    ['cron', `${schedule.cron} (${timezone})`],
    ['times', cronWords(schedule.cron)],
    ['video', what.filter((part) => part !== undefined).join(', ')],
    ['prompt', input.prompt],
    ['prompts', prompts && `${prompts.length}, in turn`],
    ...factsOf(schedule, 'user', 'webhook_url'),
    ['starts', timeOf(starts_at)],
    ['ends', timeOf(ends_at)],
    ...factsOf(schedule, 'daily_budget_usd'),
    ['30 days', `${usd(schedule.projected_monthly_usd)} at today's price`],
    ['runs so far', schedule.run_count],
    ...(paused ? [] : schedule.next_runs).map((at) => ['next', clockTime(at, timezone)] as const),
  ])
}

/** What decides the cost of a schedule. */
export const plannedBy = (schedule: Schedule) => {
  const { cron, timezone, input, prompts, starts_at, ends_at, paused, daily_budget_usd } = schedule
  return { cron, timezone, input, prompts, starts_at, ends_at, paused, daily_budget_usd }
}

type ScheduleFlags = Readonly<OptionValues> & { readonly file?: string; readonly prompts?: string }

/** @param needsPrompt reads a prompt that is not given from stdin */
const readSchedule = async (
  words: readonly string[],
  { file, prompts, ...flags }: ScheduleFlags,
  shell: Shell,
  needsPrompt: boolean,
) => {
  const isGiven = words.length > 0 || file !== undefined
  if (prompts !== undefined && isGiven) throw usageError('give one prompt or --prompts, not both')
  const readsPrompt = isGiven || (needsPrompt && prompts === undefined)
  const prompt = readsPrompt ? await readPrompt(shell, words, file) : undefined
  const lines = prompts === undefined ? undefined : readFile(prompts).split(/\r?\n/)
  const listed = lines?.map((line) => line.trim()).filter((line) => line !== '')
  return {
    ...fieldsOf(scheduleUpdate, { ...flags, prompts: listed }),
    input: fieldsOf(scheduleInput, { ...flags, prompt }),
  }
}

/** US dollars in 30 days: more than a default video every two hours. */
const ASK_ABOVE_USD = 100
const DAYS = 30

/** @param sofarUsd what it costs now: the same or less needs no consent */
export const agreeToMonthly = async (
  session: Session,
  isAgreed: true | undefined,
  request: SchedulePreviewRequest,
  sofarUsd = 0,
): Promise<void> => {
  if (isAgreed === true || request.paused === true) return
  let costUsd: number
  try {
    const preview = await session.ask(session.api.schedules.preview.$post, { json: request })
    const mostUsd = DAYS * (request.daily_budget_usd ?? Infinity)
    costUsd = Math.min(preview.projected_monthly_usd, mostUsd)
  } catch (error) {
    if (!(error instanceof PikaError) || error.code !== 'missing_scope') throw error
    return confirm(session, 'This key cannot see what it will cost. Continue?')
  }
  if (costUsd <= Math.max(ASK_ABOVE_USD, sofarUsd)) return
  const limit = request.daily_budget_usd === undefined ? '; --daily-budget sets a limit' : ''
  const question = `It may cost ${usd(costUsd)} in ${DAYS} days${limit}. Continue?`
  await confirm(session, question)
}
