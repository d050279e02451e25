/** `pika-edge schedules`: videos on a cron schedule. */
import type { Schedule } from '../../client/index.ts'
import { PLACEHOLDERS } from '../../contract/schedule.ts'
import { cronWords, PAUSED_WORDS } from '../../contract/schedule-words.ts'
import { usd } from '../../contract/words.ts'
import { spend } from '../calls.ts'
import { usageError } from '../exit-codes.ts'
import { pay } from '../follow.ts'
import { CRON, KEY, LIMIT, withSchedule, withSpending, YES } from '../options.ts'
import { readSchedule } from '../prompt.ts'
import { agreeToMonthly, confirm } from '../questions.ts'
import type { Session } from '../session.ts'
import { type Add, noun, verb } from '../verb.ts'
import { clockTime, factsOf } from '../words.ts'

const HELP = `videos on a cron schedule

Examples:
  $ pika-edge schedules preview --cron '0 9 * * *' --timezone Europe/Paris
  $ pika-edge schedules create mornings --cron '0 9 * * *' 'Sunrise on {{date}}'
  $ pika-edge schedules pause sch_…
  $ pika-edge schedules run sch_… --out today.mp4`

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

export const addSchedules: Add = (program, session) => {
  const { shell, note } = session
  const schedules = noun(program, 'schedules', HELP)
  const setPaused = (paused: boolean) => async (id: string) => {
    const changed = await session.pika.schedules.update(id, { paused }, session)
    const { timezone, next_run_at } = changed
    const next = next_run_at === null ? 'no runs left' : `next ${clockTime(next_run_at, timezone)}`
    session.done(changed, `${id}  ${changed.paused ? 'paused' : `active, ${next}`}`)
  }
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
      const json = { ...(await readSchedule(asked, flags, shell)), cron }
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
      const { input, ...plain } = await readSchedule(words, flags, shell)
      const changesInput = Object.keys(input).length > 0 || plain.prompts !== undefined
      if (!changesInput && Object.keys(plain).length === 0) {
        throw usageError('name what to change; see --help')
      }
      const before = await session.pika.schedules.get(id, session)
      // A prompt replaces --prompts, and --prompts replaces the prompt.
      const replaced = plain.prompts && { prompt: undefined }
      const json = {
        ...plain,
        ...(changesInput && { input: { ...before.input, ...input, ...replaced } }),
        ...('prompt' in input && { prompts: null }),
      }
      const sofarUsd = before.projected_monthly_usd
      await agreeToMonthly(session, yes, { ...plannedBy(before), ...json }, sofarUsd)
      showSchedule(session, await session.pika.schedules.update(id, json, session))
    })
  verb(schedules, 'list', 'the schedules of the account')
    .option(...LIMIT)
    .action(async ({ limit }) => {
      const { pika, signal, showList, tableTime } = session
      const page = await pika.schedules.list({ limit, signal })
      showList(page, ['id', 'state', 'next', 'cron', 'name'], (one) => {
        const { id, paused, paused_reason, next_run_at, cron, name } = one
        const state = paused ? `paused (${paused_reason ?? 'requested'})` : 'active'
        return [id, state, tableTime(next_run_at), cron, name]
      })
    })
  verb(schedules, 'get|show <id>', 'one schedule, and its next runs').action(async (id) =>
    showSchedule(session, await session.pika.schedules.get(id, session)),
  )
  verb(schedules, 'pause <id>', 'stop its runs until it is resumed').action(setPaused(true))
  verb(schedules, 'resume <id>', 'let it run again')
    .option(...YES)
    .action(async (id, { yes }) => {
      const schedule = await session.pika.schedules.get(id, session)
      await agreeToMonthly(session, yes, { ...plannedBy(schedule), paused: false })
      await setPaused(false)(id)
    })
  verb(schedules, 'delete <id>', 'delete it; its videos stay')
    .option(...YES)
    .action(async (id, { yes }) => {
      await confirm(session, `Delete the schedule ${id} permanently?`, yes)
      const gone = await session.ask(session.api.schedules[':id'].$delete, { param: { id } })
      session.done(gone, `${id}  deleted`)
    })
  withSpending(verb(schedules, 'run <id>', 'run it once now, and wait for the video')).action(
    async (id, options) => {
      const { run } = session.api.schedules[':id']
      await pay(session, options, (init) => run.$post({ param: { id } }, init))
    },
  )
  verb(schedules, 'runs <id>', 'its runs, newest first')
    .option(...LIMIT)
    .action(async (id, { limit }) => {
      const { pika, signal, showList, tableTime } = session
      const page = await pika.schedules.runs(id, { limit, signal })
      showList(page, ['time', 'by', 'outcome', 'generation', 'detail'], (run) => {
        const { slot, slots, trigger, generation_id, detail, reason } = run
        const outcome = slots === 1 ? run.outcome : `${run.outcome} x${slots}`
        return [tableTime(slot), trigger, outcome, generation_id, detail ?? reason ?? '']
      })
    })
}

const showSchedule = ({ show }: Session, schedule: Schedule): void => {
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
const plannedBy = (schedule: Schedule) => {
  const { cron, timezone, input, prompts, starts_at, ends_at, paused, daily_budget_usd } = schedule
  return { cron, timezone, input, prompts, starts_at, ends_at, paused, daily_budget_usd }
}
