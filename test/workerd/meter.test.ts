import { expect, it } from 'vitest'
import { meterStorage } from '../../bench/worker/meter.ts'
import { LIFE } from '../../scripts/docs/plans.ts'
import { newCaller } from './callers.ts'
import { api, clock, fal, freshWorld, inside } from './world.ts'

freshWorld()

it('counts the statements of a POST from outside, with the rows they read and write', async () => {
  await api.create()
  const meter = await inside.storage(meterStorage)
  const created = await api.create({ prompt: fal.marked('render_ms=600000') })
  const inserts = meter.read().filter(({ query }) => query.startsWith('INSERT INTO generations '))
  const some = expect.toSatisfy((count) => count > 0)
  expect(inserts).toMatchObject([{ statements: some, rowsWritten: some }])

  const byId = 'SELECT id FROM generations WHERE id = ?'
  await inside.storage(({ sql }) => void sql.exec(byId, created.id).one())
  const read = meter.read().find(({ query }) => query === byId)
  expect(read).toMatchObject({ statements: 1, rowsRead: 1, rowsWritten: 0 })
})

it('counts no more once it is removed', async () => {
  await api.create()
  const meter = await inside.storage(meterStorage)
  meter.remove()
  await api.create()
  expect(meter.read()).toEqual([])
})

/** What a key's account asks of SQLite meanwhile. */
const metered = async (work: () => Promise<unknown>) => {
  // What KV is owed for those before is not its own.
  await inside.owesNothing('studio')
  // On a slow machine it would ring meanwhile, for what is under way anyway.
  await inside.storage((storage) => storage.deleteAlarm(), 'studio')
  // But for what this test itself reads.
  const ran = (await inside.metered(work, 'studio')).filter(
    ({ query }) => query !== 'SELECT doc FROM generations ORDER BY id',
  )
  const sum = (of: 'statements' | 'rowsRead' | 'rowsWritten') =>
    ran.reduce((total, each) => total + each[of], 0)
  const owed = ran.find(({ query }) => query.startsWith('INSERT INTO owed_writes'))
  return {
    statements: sum('statements'),
    read: sum('rowsRead'),
    written: sum('rowsWritten'),
    kvWrites: owed?.statements ?? 0,
  }
}

it('asks little of SQLite for a POST, however many are open, and writes little for a whole life', async () => {
  await clock.stop()
  const { create: make } = await newCaller()
  let made = 0
  const slow = { prompt: fal.marked('render_ms=600000') }
  const ask = (input: object = slow) => make(input, { 'idempotency-key': `order-${++made}` })
  const askSettled = () => metered(() => ask().then(() => inside.allSent('studio')))
  await ask()
  const first = await askSettled()
  expect(first.statements).toBeLessThanOrEqual(15)
  expect(first.read).toBeLessThanOrEqual(10)
  for (let open = 0; open < 40; open++) await ask()
  await inside.allSent('studio')
  const later = await askSettled()
  expect(later.statements).toBeLessThanOrEqual(15)
  expect(later.read).toBeLessThanOrEqual(10)

  const live = async () => {
    const { id } = await ask({})
    await inside.allSent('studio')
    await clock.travel(10_000)
    await fal.deliverAll()
    await inside.settledInKv(id)
    await inside.owesNothing('studio')
  }
  // The first one teaches the account whose hooks fal sends.
  await live()
  // Alarms ring by the real clock, and would look at fal for what has only travelled. The account
  // sets none while it knows of one.
  await inside.storage((storage) => void (storage.setAlarm = async () => undefined), 'studio')
  await ask()
  await inside.allSent('studio')
  // 25 for the generation, and one more for each of its three events in the account's log. What
  // the plans allow is told from these.
  const { written, kvWrites } = await metered(live)
  expect(kvWrites).toBe(LIFE.countedKvWrites)
  expect(written).toBeLessThanOrEqual(LIFE.countedRowsWritten)
})

it('reads no more to know what is due next, however many are open', async () => {
  await clock.stop()
  const read = async () => {
    const ran = await inside.metered(clock.ring)
    return ran.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
  }
  const open = async (count: number) => {
    const slow = { prompt: fal.marked('render_ms=600000') }
    for (let made = 0; made < count; made++) await api.create(slow)
    await inside.allSent()
    await clock.pass(3000)
  }
  await open(2)
  const few = await read()
  await open(40)
  expect(await read()).toBeLessThanOrEqual(few)
})
