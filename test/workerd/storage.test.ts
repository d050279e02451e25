import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import document from '../../docs/storage.md?raw'
import { newCaller } from './callers.ts'
import { api, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** The names in the first column of a table in docs/storage.md. */
const documented = (name: string): string[] => {
  const { 1: rows = '' } =
    new RegExp(`<!-- ${name} -->(.*?)<!-- /${name} -->`, 's').exec(document) ?? []
  return [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, first = '']) => first).toSorted()
}

const tables = (stub: DurableObjectStub<Rpc.DurableObjectBranded>): Promise<string[]> =>
  runInDurableObject(stub, (_, { storage }) => inside.tablesOf(storage.sql))

it('documents every table of both objects, and every kind of key in KV', async () => {
  await newCaller({ account_id: 'default' })
  await inside.settledInKv((await fal.completed()).id)
  await inside.owesNothing()
  expect(await tables(inside.stub())).toEqual(documented('account'))
  expect(await tables(inside.directory())).toEqual(documented('directory'))
  const kindOf = (key: string) => key.split(':')[0]
  const kinds = (await env.REQUESTS.list()).keys.map(({ name }) => kindOf(name))
  expect(new Set(kinds)).toEqual(new Set(documented('kv').map(kindOf)))
})

it('writes the request id to KV when fal accepts, and the generation when it has settled', async () => {
  const open = await api.create({ prompt: fal.marked('render_ms=600000') })
  await inside.owesNothing()
  const owner = { account_id: 'default', generation_id: open.id }
  expect(await env.REQUESTS.get(`request:${open.fal_request_id}`, 'json')).toEqual(owner)
  expect(await env.REQUESTS.get(`generation:${open.id}`)).toBeNull()
  const { id } = await fal.completed()
  expect(await inside.settledInKv(id)).toMatchObject({ id, status: 'completed' })
})

it('reads a settled generation without its account', async () => {
  const { id, fal_request_id } = await fal.completed()
  await inside.settledInKv(id)
  const before = await api.read(id)
  await inside.storage((storage) => storage.deleteAll())
  expect(await api.read(id)).toEqual(before)
  expect(await api.get(`/v1/requests/${fal_request_id}`)).toEqual(before)
})

it("never shows another account's generation, wherever it is stored", async () => {
  const { id, fal_request_id } = await fal.completed()
  const foreign = { ...(await inside.settledInKv(id)), accountId: 'another' }
  await env.REQUESTS.put(`generation:${id}`, JSON.stringify(foreign))
  const owner = JSON.stringify({ account_id: 'another', generation_id: id })
  await env.REQUESTS.put(`request:${fal_request_id}`, owner)
  const paths = [`/v1/generations/${id}`, `/v1/requests/${fal_request_id}`]
  expect(await api.codesOf(paths.map((path) => api.call(path)))).toEqual(['not_found'])
})
