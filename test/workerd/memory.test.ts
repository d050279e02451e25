import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createGate } from '../../src/account/gate.ts'
import { createOutbox, type OutboxWrite } from '../../src/account/outbox.ts'
import { createSql } from '../../src/account/sql.ts'
import { api, fal, freshWorld, inside } from './world.ts'

freshWorld()

it('keeps the request id in KV when fal accepts, and the generation when it has settled', async () => {
  const created = await api.create({ prompt: fal.marked('render_ms=600000') })
  const key = `request:${created.fal_request_id}`
  await inside.owesNothing()
  const owner = { account_id: 'default', generation_id: created.id }
  expect(await env.REQUESTS.get(key, 'json')).toEqual(owner)
  expect(await env.REQUESTS.get(`generation:${created.id}`)).toBeNull()

  const { id } = await fal.completed()
  expect(await inside.settledInKv(id)).toMatchObject({ id, status: 'completed' })
})

it('reads what has settled without the account', async () => {
  const created = await fal.completed()
  await inside.settledInKv(created.id)
  const before = await api.read(created.id)
  await runInDurableObject(inside.stub(), (_, state) => state.storage.deleteAll())
  expect(await api.read(created.id)).toEqual(before)
  expect(await api.get(`/v1/requests/${created.fal_request_id}`)).toEqual(before)
})

it('shows no one a generation of another account, wherever it is kept', async () => {
  const created = await fal.completed()
  const foreign = { ...(await inside.settledInKv(created.id)), accountId: 'another' }
  await env.REQUESTS.put(`generation:${created.id}`, JSON.stringify(foreign))
  const owner = JSON.stringify({ account_id: 'another', generation_id: created.id })
  await env.REQUESTS.put(`request:${created.fal_request_id}`, owner)
  for (const path of [`generations/${created.id}`, `requests/${created.fal_request_id}`]) {
    expect(await api.codeOf(api.call(`/v1/${path}`))).toBe('not_found')
  }
})

it('writes again what did not arrive, in order for each key, and holds up no other', async () => {
  await api.create()
  await fal.deliverAll()
  const sent = await runInDurableObject(inside.stub(), async (_, state) => {
    const arrived: string[] = []
    let nowMs = 1000
    let broken = true
    const deliver = async (write: OutboxWrite) => {
      if (broken && write.key === 'a') throw new Error('KV is away')
      arrived.push(`${write.key}=${'value' in write ? write.value : 'gone'}`)
    }
    state.storage.sql.exec('DELETE FROM owed_writes')
    const outbox = createOutbox(createSql(state.storage.sql), createGate(), deliver)
    outbox.add({ kind: 'kv_put', key: 'a', value: '1' }, nowMs)
    outbox.add({ kind: 'kv_put', key: 'b', value: '1' }, nowMs)
    outbox.add({ kind: 'kv_delete', key: 'a' }, nowMs)
    await outbox.drain(() => nowMs)
    const whileBroken = [...arrived]
    broken = false
    await outbox.drain(() => nowMs)
    const tooSoon = [...arrived]
    nowMs += 60_000
    await outbox.drain(() => nowMs)
    return { whileBroken, tooSoon, arrived, left: outbox.nextDueMs() }
  })
  expect(sent).toEqual({
    whileBroken: ['b=1'],
    tooSoon: ['b=1'],
    // Only the last value of a key counts.
    arrived: ['b=1', 'a=gone'],
    left: null,
  })
})

it('works off a long backlog at a steady pace', async () => {
  await api.create()
  const rowsRead = await runInDurableObject(inside.stub(), async (_, state) => {
    const { sql, cursors } = watched(state.storage.sql)
    const gate = createGate()
    gate.onSpent(() => gate.refill())
    const outbox = createOutbox(createSql(sql), gate, async () => undefined)
    for (let count = 0; count < 6000; count++) {
      outbox.add({ kind: 'kv_put', key: `key-${count}`, value: 'x' }, 1000)
    }
    cursors.length = 0
    await outbox.drain(() => 2000)
    return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0)
  })
  // Where each write looks through all the others it is three thousand a write.
  expect(rowsRead / 6000).toBeLessThan(20)
})

/** The same database, and every cursor that was opened on it. */
const watched = (database: SqlStorage) => {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
  const exec: SqlStorage['exec'] = (query, ...bindings) => {
    const cursor = database.exec<never>(query, ...bindings)
    cursors.push(cursor)
    return cursor
  }
  return { sql: Object.assign(Object.create(null), { exec }) as SqlStorage, cursors }
}
