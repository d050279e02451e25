import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import type { Caller } from './api.ts'
import { newCaller, ROUTES } from './callers.ts'
import { scheduleOf } from './schedules-world.ts'
import { api, fal, freshWorld, inside } from './world.ts'

freshWorld()

type Owned = Awaited<ReturnType<typeof own>>

/** Someone else's ids, by the path of their collection. */
const idsAt = ({ settled, open, ...owned }: Owned): Record<string, readonly string[]> => ({
  '/v1/generations': [settled.id, open.id],
  '/queue/fal-ai/pika/requests': [settled.id, open.id],
  '/v1/requests': [settled.fal_request_id ?? '', open.fal_request_id ?? ''],
  '/v1/keys': [owned.keyId],
  '/v1/schedules': [owned.scheduleId],
  '/v1/webhooks': [owned.webhookId],
  '/v1/accounts': ['owner'],
})

/** Paths that need no key: the code in the address opens them, and opens nothing else. */
const SIGNED: Readonly<Record<string, (owned: Owned) => readonly string[]>> = {
  '/videos/:account/:file': ({ settled }) => {
    const { search } = new URL(settled.video?.url ?? '')
    return [`/videos/other/${settled.id}.mp4${search}`, `/videos/owner/${settled.id}.mp4`]
  },
  '/callbacks/fal/:account/:generation/:mac': ({ callbackUrl, settled, open }) => {
    const mac = callbackUrl.split('/').at(-1) ?? ''
    return [
      `/callbacks/fal/other/${open.id}/${mac}`,
      `/callbacks/fal/owner/${settled.id}/${mac}`,
      `/callbacks/fal/owner/${open.id}/${'A'.repeat(mac.length)}`,
    ]
  },
}

/** A route's paths, with each of someone else's ids as the parameter. */
const pathsOf = (path: string, owned: Owned): readonly string[] => {
  const [collection = '', ...parameters] = path.split('/:')
  if (parameters.length === 0) return []
  const fill = (id: string) =>
    path.replace(/:(id|fal_request_id)/, id).replace(':delivery_id', owned.deliveryId)
  return SIGNED[path]?.(owned) ?? idsAt(owned)[collection]?.map(fill) ?? []
}

const routes = ROUTES.filter(
  ({ method, path }, index, all) =>
    index === all.findIndex((other) => other.method === method && other.path === path),
)

/** Creates all that the account `owner` has. */
const own = async () => {
  const owner = await newCaller({ account_id: 'owner' })
  const { id } = await owner.create()
  const open = await owner.create({ prompt: fal.marked('render_ms=600000') })
  await fal.deliverNext()
  await inside.settledInKv(id)
  /** Settled, so that it is in KV as well. */
  const settled = await owner.get<Generation>(`/v1/generations/${id}`)
  const { id: scheduleId } = await scheduleOf(owner, { cron: '@daily' })
  const make = async (path: string, body: object) =>
    (await api.told(owner.post(`/v1/webhooks${path}`, body))).body.id
  const webhookId = await make('', { url: 'https://owner.receiver.test/ok' })
  const deliveryId = await make(`/${webhookId}/test`, {})
  const callbackUrl = (await fal.jobs()).at(-1)?.webhook_url ?? ''
  return { settled, open, keyId: owner.made.id, scheduleId, webhookId, deliveryId, callbackUrl }
}

const ask = (caller: Caller, method: string, path: string) =>
  ['GET', 'DELETE'].includes(method) ? caller.call(path, { method }) : caller.send(method, path, {})

it('answers 404 for everything that another account owns, on every route', async () => {
  const owned = await own()
  const other = await newCaller({ account_id: 'other' })
  for (const { method, path } of routes) {
    // Every path with parameters has something to fill it with.
    expect([path, pathsOf(path, owned).length > 0]).toEqual([path, /[:*{]/.test(path)])
    for (const filled of pathsOf(path, owned)) {
      expect(filled).not.toMatch(/[:*{]/)
      const response = await ask(other, method, filled)
      const { code, status }: { code?: string; status: unknown } = await response.json()
      // fal's own paths answer in fal's words, and the operator's routes refuse before they look.
      const isFals = filled.startsWith('/queue/')
      const gone = [404, isFals ? 'NOT_FOUND' : 'not_found']
      const wanted = /\/(resolve|after-restore)$/.test(path) ? [403, 'missing_scope'] : gone
      const answer = [method, filled, response.status, isFals ? status : code]
      expect(answer).toEqual([method, filled, ...wanted])
    }
  }
})

it('answers the owner on each of these routes, so that the 404 proves something', async () => {
  const owned = await own()
  const owner = await newCaller({ account_id: 'owner' })
  // Deletions come last: what is deleted is not found afterwards.
  const deletesLast = routes.toSorted((a, b) => b.method.localeCompare(a.method))
  for (const { method, path } of deletesLast.filter((route) => !(route.path in SIGNED))) {
    for (const filled of pathsOf(path, owned)) {
      const response = await ask(owner, method, filled)
      await response.body?.cancel()
      expect([method, filled, response.status]).not.toEqual([method, filled, 404])
    }
  }
})

it('shows nothing from another account in any list or sum', async () => {
  const owned = await own()
  const other = await newCaller({ account_id: 'other' })
  const lists = routes.filter(
    ({ method, path }) => method === 'GET' && path.startsWith('/v1/') && !path.includes(':'),
  )
  expect(lists.length).toBeGreaterThanOrEqual(5)
  for (const { path } of lists) {
    const response = await other.call(path)
    expect([path, response.status]).toEqual([path, 200])
    const text = await response.text()
    for (const id of Object.values(idsAt(owned)).flat()) expect(text).not.toContain(id)
  }
  const total = { generations: 0, charged_usd: 0, reserved_usd: 0 }
  expect(await other.get('/v1/usage')).toMatchObject({ total })
  const after = await other.get(`/v1/generations?cursor=${owned.open.id}`)
  expect(after).toMatchObject({ data: [], has_more: false })
})

it("keeps accounts' idempotency keys apart, and shares them within an account", async () => {
  const idFor = async (account_id: string) =>
    (await (await newCaller({ account_id })).create({}, { 'idempotency-key': 'once' })).id
  const first = await idFor('owner')
  expect(await idFor('other')).not.toBe(first)
  // A colleague with another API key.
  expect(await idFor('owner')).toBe(first)
  expect(await fal.jobs()).toHaveLength(2)
})
