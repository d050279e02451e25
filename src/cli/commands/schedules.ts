/** `pika-edge schedules`: videos on a cron schedule. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Schedule } from '../../client/index.ts'
import { cronWords, PAUSED_WORDS } from '../../contract/schedule-words.ts'
import { usd } from '../../contract/words.ts'
import { pay } from '../follow.ts'
import { confirm } from '../questions.ts'
import { LIMIT, withSpending, YES } from '../options.ts'
import type { Session } from '../session.ts'
import type { Fact } from '../table.ts'
import { noun, verb } from '../verb.ts'
import { clockTime, factsOf } from '../words.ts'
import { addWriting, agreeToMonthly, plannedBy } from './schedules-write.ts'

const HELP = `videos on a cron schedule

Examples:
  $ pika-edge schedules preview --cron '0 9 * * *' --timezone Europe/Paris
  $ pika-edge schedules create mornings --cron '0 9 * * *' 'Sunrise on {{date}}'
  $ pika-edge schedules pause sch_…
  $ pika-edge schedules run sch_… --out today.mp4
`

export const addSchedules = (program: CommandUnknownOpts, session: Session): void => {
  const schedules = noun(program, 'schedules', HELP)
  const setPaused = async (id: string, paused: boolean) => {
    const changed = await session.pika.schedules.update(id, { paused }, session)
    const { timezone, next_run_at } = changed
    const next = next_run_at === null ? 'no runs left' : `next ${clockTime(next_run_at, timezone)}`
    session.done(changed, `${id}  ${changed.paused ? 'paused' : `active, ${next}`}`)
  }
  const show = (schedule: Schedule) => session.show(schedule, describe(schedule))

  addWriting(schedules, session, show)
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
    show(await session.pika.schedules.get(id, session)),
  )
  verb(schedules, 'pause <id>', 'stop its runs until it is resumed').action((id) =>
    setPaused(id, true),
  )
  verb(schedules, 'resume <id>', 'let it run again')
    .option(...YES)
    .action(async (id, { yes }) => {
      const schedule = await session.pika.schedules.get(id, session)
      await agreeToMonthly(session, yes, { ...plannedBy(schedule), paused: false })
      await setPaused(id, false)
    })
  verb(schedules, 'delete <id>', 'delete it; its videos stay')
    .option(...YES)
    .action(async (id, { yes }) => {
      await confirm(session, `Delete the schedule ${id} permanently?`, yes)
      const gone = await session.ask(session.api.schedules[':id'].$delete, { param: { id } })
      session.done(gone, `${id}  deleted`)
    })
  withSpending(verb(schedules, 'run <id>', 'run it once now, and wait for the video')).action(
    async (id, options) =>
      pay(session, options, session.api.schedules[':id'].run.$post, { param: { id } }),
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

const describe = (schedule: Schedule): Fact[] => {
  const { timezone, input, prompts, starts_at, ends_at, paused } = schedule
  const what = [input.resolution, input.aspect_ratio, input.duration && `${input.duration} s`]
  const state = paused ? PAUSED_WORDS[schedule.paused_reason ?? 'requested'] : 'active'
  const timeOf = (iso: string | null) => iso && clockTime(iso, timezone)
  return [
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
    ...(paused ? [] : schedule.next_runs).map((at): Fact => ['next', clockTime(at, timezone)]),
  ]
}
