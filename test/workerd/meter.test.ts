/** What the gateway asks of SQLite, in counts that hold on any machine. */
import { expect, it } from 'vitest'
import { meterStorage } from '../../bench/worker/meter.ts'
import { copyRow } from '../../bench/worker/seed.ts'
import { LIFE } from '../../scripts/docs/plans.ts'
import { newCaller } from './callers.ts'
import { readGenerations } from './ledger.ts'
import { schedule } from './schedules-world.ts'
import { api, clock, DAY_MS, fal, freshWorld, inside } from './world.ts'

freshWorld()

const SLOW = { prompt: fal.marked('render_ms=600000') }

it("counts a POST's statements and the rows they read and write, until the meter is removed", async () => {
  await api.create()
  const meter = await inside.storage(meterStorage)
  const created = await api.create(SLOW)
  const inserts = meter.read().filter(({ query }) => query.startsWith('INSERT INTO generations '))
  const some = expect.toSatisfy((count) => count > 0)
  expect(inserts).toMatchObject([{ statements: some, rowsWritten: some }])

  const byId = 'SELECT id FROM generations WHERE id = ?'
  await inside.sql(byId, created.id)
  const read = meter.read().find(({ query }) => query === byId)
  expect(read).toMatchObject({ statements: 1, rowsRead: 1, rowsWritten: 0 })
  meter.remove()
  const counted = meter.read()
  await api.create()
  expect(meter.read()).toEqual(counted)
})

/** What the account `studio` asks of SQLite during some work. */
const metered = async (work: () => Promise<unknown>) => {
  // What KV is still owed from before does not count.
  await inside.owesNothing('studio')
  // On a slow machine the alarm would ring meanwhile, for work that is under way anyway.
  await inside.storage((storage) => storage.deleteAlarm(), 'studio')
  // Leaves out what this test itself reads.
  const own = 'SELECT doc FROM generations ORDER BY id'
  return (await inside.metered(work, 'studio')).filter(({ query }) => query !== own)
}

it('asks little of SQLite for a POST, however many are open, and writes little per generation', async () => {
  await clock.stop()
  const { create } = await newCaller()
  let made = 0
  const ask = (input: object = SLOW) => create(input, { 'idempotency-key': `order-${++made}` })
  const askOfLittle = async () => {
    const ran = await metered(() => ask().then(() => inside.allSent('studio')))
    expect(inside.total(ran, 'statements')).toBeLessThanOrEqual(15)
    expect(inside.total(ran, 'rowsRead')).toBeLessThanOrEqual(10)
  }
  await ask()
  await askOfLittle()
  for (let open = 0; open < 40; open++) await ask()
  await inside.allSent('studio')
  await askOfLittle()

  const live = async () => {
    const { id } = await ask({})
    await inside.allSent('studio')
    await clock.travel(10_000)
    await fal.deliverAll()
    await inside.settledInKv(id)
    await inside.owesNothing('studio')
  }
  // The first one teaches the account which user fal's hooks name.
  await live()
  // Alarms ring by the real clock, and would look at fal because the test's clock has moved. The
  // account sets no other alarm while it believes that one is set.
  await inside.storage((storage) => void (storage.setAlarm = async () => undefined), 'studio')
  await ask()
  await inside.allSent('studio')
  // 25 for the generation, and one more for each of its three events in the account's log. The
  // docs compute what each plan allows from these.
  const ran = await metered(live)
  const owed = ran.filter(({ query }) => query.startsWith('INSERT INTO owed_writes'))
  expect(inside.total(owed, 'statements')).toBe(LIFE.countedKvWrites)
  expect(inside.total(ran, 'rowsWritten')).toBeLessThanOrEqual(LIFE.countedRowsWritten)
})

it('reads no more rows to find what is due next, however many are open', async () => {
  await clock.stop()
  const readWith = async (more: number) => {
    for (let made = 0; made < more; made++) await api.create(SLOW)
    await inside.allSent()
    await clock.pass(3000)
    return inside.total(await inside.metered(clock.ring), 'rowsRead')
  }
  const few = await readWith(2)
  expect(await readWith(40)).toBeLessThanOrEqual(few)
})

const MANY = 2000
/** How long after its id was made each generation was admitted. */
const LATE_MS = 45_000

/** Many completed over a month, ten canceled at its start, and a tenth from a schedule. */
const filled = async (fromMs: number, toMs: number): Promise<string> => {
  const { id: scheduleId } = await schedule({ cron: '@yearly' })
  const { id: completed } = await fal.completed()
  const { id: canceled } = await api.create(SLOW)
  await api.cancel(canceled)
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

/** Every combination of filters, each with one of its values or left out. */
const choices = (filters: readonly [string, string[]][]): string[][][] =>
  filters.reduce<string[][][]>(
    (all, [name, values]) =>
      all.flatMap((some) => [some, ...values.map((value) => [...some, [name, value]])]),
    [[]],
  )

it('lists generations and sums up usage without reading other rows, whatever the filters', async () => {
  const toMs = Date.now() - 10 * DAY_MS
  const fromMs = toMs - 30 * DAY_MS
  const scheduleId = await filled(fromMs, toMs)
  // Just before a generation of the schedule was admitted, and after its id was made.
  const oldMs = fromMs + (20 * (toMs - fromMs)) / MANY + LATE_MS - 1
  const at = (ms: number) => new Date(ms).toISOString()
  const records = (await inside.storage(readGenerations)).toReversed()
  /** An answer, and the number of rows that were read for it. */
  const measure = async (path: string): Promise<{ answer: unknown; rowsRead: number }> => {
    let answer: unknown
    const ran = await inside.metered(async () => (answer = await api.get(path)))
    const made = ran.filter(({ query }) => /day|ORDER BY id DESC/.test(query))
    return { answer, rowsRead: inside.total(made, 'rowsRead') }
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
    // One more row shows if more follow; another may be in range by its id, not by its admission.
    if (rowsRead > told.length + 2) overread.push(`${query}: ${rowsRead}`)
  }
  expect(overread).toEqual([])

  const days = `from=${at(fromMs).slice(0, 10)}&to=${at(toMs).slice(0, 10)}`
  const { answer, rowsRead } = await measure(`/v1/usage?${days}`)
  expect(answer).toMatchObject({ total: { generations: MANY + 10 } })
  // One row per day, schedule and status, and what the budgets hold.
  expect(rowsRead).toBeLessThanOrEqual(200)
})
