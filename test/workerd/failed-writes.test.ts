/** A storage that fails. What is not stored is not sent, whatever else fails. */
import { expect, it } from 'vitest'
import { api, clock, fal, freshWorld, inside } from './world.ts'

freshWorld()

it('sends nothing for an admission that was not stored, even if the next read fails too', async () => {
  await api.create()
  await clock.settle(300)
  const failing = ['INSERT INTO ledger', 'FROM owed_writes ORDER BY seq']
  await inside.storage((storage) => {
    const exec = storage.sql.exec.bind(storage.sql)
    storage.sql.exec = ((query: string, ...values: unknown[]) => {
      if (failing[0] === undefined || !query.includes(failing[0])) return exec(query, ...values)
      failing.shift()
      throw new Error('disk is full')
    }) as typeof exec
  })
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ prompt: 'A paper boat' })
  const refused = await api.call('/v1/generations', { method: 'POST', headers, body })
  expect(refused.status).toBe(503)
  await clock.settle(300)
  expect(await fal.jobs()).toHaveLength(1)
})
