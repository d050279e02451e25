import { runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { meterStorage } from '../../bench/worker/meter.ts'
import { accountStub, create, freshWorld, marked } from './harness.ts'

freshWorld()

it('counts the statements of a POST from outside, with the rows they read and write', async () => {
  await create()
  const meter = await runInDurableObject(accountStub(), (_, { storage }) => meterStorage(storage))
  const created = await create({ prompt: marked('render_ms=600000') })
  const inserts = meter.read().filter(({ query }) => query.startsWith('INSERT INTO generations '))
  expect(inserts).toHaveLength(1)
  expect(inserts[0]?.statements).toBeGreaterThan(0)
  expect(inserts[0]?.rowsWritten).toBeGreaterThan(0)

  const byId = 'SELECT id FROM generations WHERE id = ?'
  await runInDurableObject(accountStub(), (_, { storage }) => {
    storage.sql.exec(byId, created.id).one()
  })
  const read = meter.read().find(({ query }) => query === byId)
  expect(read).toMatchObject({ statements: 1, rowsRead: 1, rowsWritten: 0 })
})

it('counts no more once it is removed', async () => {
  await create()
  const meter = await runInDurableObject(accountStub(), (_, { storage }) => meterStorage(storage))
  meter.remove()
  await create()
  expect(meter.read()).toEqual([])
})
