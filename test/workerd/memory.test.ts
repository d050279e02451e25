import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
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
  await inside.storage((storage) => storage.deleteAll())
  expect(await api.read(created.id)).toEqual(before)
  expect(await api.get(`/v1/requests/${created.fal_request_id}`)).toEqual(before)
})

it('shows no one a generation of another account, wherever it is kept', async () => {
  const created = await fal.completed()
  const foreign = { ...(await inside.settledInKv(created.id)), accountId: 'another' }
  await env.REQUESTS.put(`generation:${created.id}`, JSON.stringify(foreign))
  const owner = JSON.stringify({ account_id: 'another', generation_id: created.id })
  await env.REQUESTS.put(`request:${created.fal_request_id}`, owner)
  const paths = [`/v1/generations/${created.id}`, `/v1/requests/${created.fal_request_id}`]
  expect(await api.codesOf(paths.map((path) => api.call(path)))).toEqual(['not_found'])
})
