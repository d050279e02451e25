/** `pika-edge schedules`: videos on a cron schedule. */
import { pay } from '../follow.ts'
import { confirm } from '../questions.ts'
import { LIMIT, withSpending, YES } from '../options.ts'
import type { Session } from '../session.ts'
import { noun, type Parent, verb } from '../verb.ts'
import { clockTime } from '../words.ts'
import { addWriting, agreeToMonthly, plannedBy, showSchedule } from './schedules-write.ts'

const HELP = `videos on a cron schedule

Examples:
  $ pika-edge schedules preview --cron '0 9 * * *' --timezone Europe/Paris
  $ pika-edge schedules create mornings --cron '0 9 * * *' 'Sunrise on {{date}}'
  $ pika-edge schedules pause sch_…
  $ pika-edge schedules run sch_… --out today.mp4`

export const addSchedules = (program: Parent, session: Session): void => {
  const schedules = noun(program, 'schedules', HELP)
  const setPaused = async (id: string, paused: boolean) => {
    const changed = await session.pika.schedules.update(id, { paused }, session)
    const { timezone, next_run_at } = changed
    const next = next_run_at === null ? 'no runs left' : `next ${clockTime(next_run_at, timezone)}`
    session.done(changed, `${id}  ${changed.paused ? 'paused' : `active, ${next}`}`)
  }
  addWriting(schedules, session)
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
