import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import document from '../../docs/storage.md?raw'
import { newCaller } from './callers.ts'
import { api, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** What the first column of a table of docs/storage.md names. */
const documented = (name: string): string[] => {
  const { 1: rows = '' } =
    new RegExp(`<!-- ${name} -->(.*?)<!-- /${name} -->`, 's').exec(document) ?? []
  return [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, first = '']) => first).toSorted()
}

const tables = (stub: DurableObjectStub<Rpc.DurableObjectBranded>): Promise<string[]> =>
  runInDurableObject(stub, (_, { storage }) => inside.tablesOf(storage.sql))

it('names every table of both objects, and every kind of key in KV', async () => {
  await newCaller({ account_id: 'default' })
  const { id } = await api.create()
  const keys = async () => (await env.REQUESTS.list()).keys.map(({ name }) => name)
  await eventually(async () => {
    await fal.deliverAll()
    return (await keys()).includes(`generation:${id}`)
  })
  expect(await tables(inside.stub())).toEqual(documented('account'))
  expect(await tables(inside.directory())).toEqual(documented('directory'))
  const kindOf = (key: string) => key.split(':')[0]
  expect(new Set((await keys()).map(kindOf))).toEqual(new Set(documented('kv').map(kindOf)))
})
