import { expect, it } from 'vitest'
import { copyRow } from '../../bench/worker/seed.ts'
import { readGenerations } from './ledger.ts'
import { schedule } from './schedules-world.ts'
import { api, DAY_MS, fal, freshWorld, inside } from './world.ts'

freshWorld()

const MANY = 2000
/** How long each was on its way from where its id was made. */
const LATE_MS = 45_000

/** An account with many completed over a month and ten canceled at its start; a tenth of a schedule. */
const filled = async (fromMs: number, toMs: number): Promise<string> => {
  const { id: scheduleId } = await schedule({ cron: '@yearly' })
  const { id: completed } = await api.create()
  const { id: canceled } = await api.create({ prompt: fal.marked('render_ms=600000') })
  await api.cancel(canceled)
  await api.readUntil(completed, 'completed')
  await api.readUntil(canceled, 'canceled')
  await inside.storage((storage) => {
    const like = { table: 'generations', fromMs, dueAtMs: toMs, scheduleId } as const
    copyRow(storage, { ...like, like: completed, count: MANY, toMs })
    copyRow(storage, { ...like, like: canceled, count: 10, toMs: fromMs + DAY_MS })
    const created = `UPDATE generations SET doc = json_set(doc, '$.createdAtMs', created_at_ms + ?)`
    storage.sql.exec(created, LATE_MS)
  })
  return scheduleId
}

/** Every choice of one of the values, or none, of each filter. */
const choices = (filters: readonly [string, string[]][]): string[][][] =>
  filters.reduce<string[][][]>(
    (all, [name, values]) =>
      all.flatMap((some) => [some, ...values.map((value) => [...some, [name, value]])]),
    [[]],
  )

it('lists and tells usage without reading what is not told, whatever is asked for', async () => {
  const toMs = Date.now() - 10 * DAY_MS
  const fromMs = toMs - 30 * DAY_MS
  const scheduleId = await filled(fromMs, toMs)
  // Just before one of the schedule was admitted, and after its id was made.
  const oldMs = fromMs + (20 * (toMs - fromMs)) / MANY + LATE_MS - 1
  const at = (ms: number) => new Date(ms).toISOString()
  const records = (await inside.storage(readGenerations)).toReversed()
  /** What an answer is made from, and the rows that were read for it. */
  const measure = async (path: string): Promise<{ answer: unknown; rowsRead: number }> => {
    let answer: unknown
    const ran = await inside.metered(async () => (answer = await api.get(path)))
    const made = ran.filter(({ query }) => /day|ORDER BY id DESC/.test(query))
    return { answer, rowsRead: made.reduce((all, { rowsRead }) => all + rowsRead, 0) }
  }

  const overread: string[] = []
  for (const filters of choices([
    ['status', ['completed', 'canceled', 'queued']],
    ['schedule_id', [scheduleId]],
    ['created_before', [at(toMs - DAY_MS / 8), at(fromMs + DAY_MS / 2), at(fromMs - DAY_MS)]],
    ['created_after', [at(oldMs), at(toMs - DAY_MS / 4)]],
  ])) {
    const query = new URLSearchParams([['limit', '20'], ...filters]).toString()
    const { answer, rowsRead } = await measure(`/v1/generations?${query}`)
    const asked: Partial<Record<string, string>> = Object.fromEntries(filters)
    const wanted = records
      .filter(({ status }) => status === (asked['status'] ?? status))
      .filter((one) => one.scheduleId === (asked['schedule_id'] ?? one.scheduleId))
      .filter((one) => at(one.createdAtMs) < (asked['created_before'] ?? '9'))
      .filter((one) => at(one.createdAtMs) > (asked['created_after'] ?? '0'))
    const told = wanted.slice(0, 20).map(({ id }) => expect.objectContaining({ id }))
    expect(answer).toMatchObject({ data: told, has_more: wanted.length > 20 })
    // One more tells whether there is more, and another may be of the time before an id was admitted.
    if (rowsRead > told.length + 2) overread.push(`${query}: ${rowsRead}`)
  }
  expect(overread).toEqual([])

  const days = `from=${at(fromMs).slice(0, 10)}&to=${at(toMs).slice(0, 10)}`
  const { answer, rowsRead } = await measure(`/v1/usage?${days}`)
  expect(answer).toMatchObject({ total: { generations: MANY + 10 } })
  // A row a day, schedule and status, and what the budgets hold.
  expect(Math.max(rowsRead, 200)).toBe(200)
})
