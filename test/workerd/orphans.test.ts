import { evictDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import { modelInput } from '../../src/contract/input.ts'
import { identityOf } from '../../src/domain/generation/orphan.ts'
import { ADMIN_KEY_ID } from '../../src/domain/key.ts'
import { asked } from './accounts.ts'
import { api, clock, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** The identity of a POST with the gateway's own key, as the Worker passes it to the account. */
const identityFor = (prompt: string): string => {
  const canonical = JSON.stringify(['create', modelInput.parse({ prompt }), []])
  return identityOf(ADMIN_KEY_ID, '/v1/generations', canonical, {})
}

const callerGone = async (id: string, prompt = api.PROMPT): Promise<void> =>
  inside.stub().generations.callerGone(id, identityFor(prompt))

const idOf = (name: string): string => `gen_${name.padStart(26, '0')}`

/** Admits a generation by a direct call to the account. */
const admit = async (id: string) => {
  const own = { identity: identityFor(api.PROMPT), webhookOrigin: null }
  const result = await inside.stub().admit({ ...asked(id, api.PROMPT), ...own })
  if (result.type !== 'admitted') throw new Error(result.type)
  return { id: result.view.record.id, replayed: result.replayed }
}

/** Sends the same POST again: the generation that answers it, and whether it was replayed. */
const again = async (input = {}, headers = {}) => {
  const { replayed, body } = await api.told(api.ask(input, headers))
  return { id: body.id, replayed }
}

it('answers the same request with the orphan for a minute after the connection broke', async () => {
  await clock.stop()
  const { id } = await api.create()
  await callerGone(id)
  await clock.travel(59_999)
  expect(await again()).toEqual({ id, replayed: true })
  const late = await api.create()
  await callerGone(late.id)
  await clock.travel(60_000)
  expect((await again()).replayed).toBe(false)
  expect(await fal.calls('submit')).toHaveLength(3)
})

it('accepts news of a break before the request itself, and keeps it through an eviction', async () => {
  const id = idOf('1')
  await callerGone(id)
  expect(await admit(id)).toEqual({ id, replayed: false })
  await evictDurableObject(inside.stub())
  expect(await again()).toEqual({ id, replayed: true })
  expect((await again()).replayed).toBe(false)
})

it('answers a repeated call with the orphan that it took before', async () => {
  const { id } = await api.create()
  await callerGone(id)
  expect(await admit(idOf('2'))).toEqual({ id, replayed: true })
  // As if the account had died before the Worker had its answer.
  await evictDurableObject(inside.stub())
  expect(await admit(idOf('2'))).toEqual({ id, replayed: true })
  // The same news again does not orphan it a second time.
  await callerGone(id)
  expect(await fal.calls('submit')).toHaveLength(1)
  expect((await again()).replayed).toBe(false)
})

it('hands an orphan out again if the caller that took it is gone too', async () => {
  const { id } = await api.create()
  await callerGone(id)
  await admit(idOf('2'))
  await callerGone(idOf('2'))
  // Its caller left before it arrived: nobody hears the answer, so it uses up no orphan.
  await callerGone(idOf('3'))
  expect(await admit(idOf('3'))).toMatchObject({ id })
  expect(await again()).toEqual({ id, replayed: true })
  expect((await again()).replayed).toBe(false)
  expect(await fal.calls('submit')).toHaveLength(2)
})

it('hands out the oldest orphan first, and each once', async () => {
  await clock.stop()
  const made: string[] = []
  for (let count = 0; count < 3; count++) made.push((await api.create()).id)
  for (const id of made.toReversed()) {
    await callerGone(id)
    await clock.travel(10)
  }
  const taken = [await again(), await again(), await again()]
  expect(taken.map(({ id }) => id)).toEqual(made.toReversed())
  expect(await fal.calls('submit')).toHaveLength(3)
})

/** A request that waits for its end, so it is answered only when its webhook is delivered. */
const openRequest = async () => {
  const answer = again({}, { prefer: 'wait=60' })
  await fal.hooks()
  const [{ id } = { id: '' }] = await inside.sql<{ id: string }>('SELECT id FROM generations')
  return { answer, id }
}

it('waits for news of a break while the same request is under way, and takes the orphan', async () => {
  const { answer, id } = await openRequest()
  // With faked timers the news is not late, however slow this machine is.
  await inside.storage(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  const second = again()
  await eventually(async () => vi.getTimerCount() > 0)
  await callerGone(id)
  expect(await second).toEqual({ id, replayed: true })
  await fal.deliverAll()
  await answer
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('creates nothing for a request whose caller already left if the same request is under way', async () => {
  const { answer, id } = await openRequest()
  await callerGone(idOf('2'))
  expect(await admit(idOf('2'))).toEqual({ id, replayed: true })
  await fal.deliverAll()
  expect(await answer).toEqual({ id, replayed: false })
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('hands out an orphan before it checks any limit', async () => {
  const body = { prompt: fal.marked('render_ms=600000') }
  const { id } = await api.create(body)
  await callerGone(id, body.prompt)
  await api.put('/v1/accounts/default', { max_open: 1 })
  expect(await api.codeOf(api.ask())).toBe('too_many_open')
  expect(await again(body)).toEqual({ id, replayed: true })
})

it("repeats fal's refusal of the orphan", async () => {
  const body = { prompt: fal.marked('submit=locked') }
  const id = await api.refusedId(api.ask(body))
  await callerGone(id, body.prompt)
  const response = await api.ask(body)
  expect(response.headers.get('idempotent-replayed')).toBe('true')
  expect((await api.readProblem(response)).generation_id).toBe(id)
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('runs no query for orphans if no caller has left, and lets an alarm delete old orphans', async () => {
  const { id } = await api.create()
  const ran = await inside.metered(() => admit(idOf('2')))
  expect(ran.filter(({ query }) => query.includes('orphans'))).toEqual([])
  await clock.stop()
  await callerGone(id)
  await clock.pass(60_000)
  expect(await inside.sql('SELECT * FROM orphans')).toEqual([])
})
