import { evictDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import { modelInput } from '../../src/contract/input.ts'
import { identityOf } from '../../src/domain/generation/orphan.ts'
import { ADMIN_KEY_ID } from '../../src/domain/key.ts'
import { asked } from './accounts.ts'
import { api, clock, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** Those of a POST by the gateway's own key, as the Worker tells it to the account. */
const identityFor = (prompt: string): string => {
  const canonical = JSON.stringify(['create', modelInput.parse({ prompt }), []])
  return identityOf(ADMIN_KEY_ID, '/v1/generations', canonical, {})
}

const callerGone = async (id: string, prompt = api.PROMPT): Promise<void> =>
  inside.stub().generations.callerGone(id, identityFor(prompt))

const idOf = (name: string): string => `gen_${name.padStart(26, '0')}`

/** What a call of the account itself is answered with. */
const admit = async (id: string) => {
  const own = { identity: identityFor(api.PROMPT), webhookOrigin: null }
  const result = await inside.stub().admit({ ...asked(id, api.PROMPT), ...own })
  if (result.type !== 'admitted') throw new Error(result.type)
  return { id: result.view.record.id, replayed: result.replayed }
}

/** The same POST again: the generation that answers it, and whether it says that it is none of its own. */
const again = async (input = {}, headers = {}) => {
  const { replayed, body } = await api.told(api.ask(input, headers))
  return { id: body.id, replayed }
}

it('answers the same request with it for a minute after the break', async () => {
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

it('hears of the break before it hears of the request, and keeps it through an eviction', async () => {
  const id = idOf('1')
  await callerGone(id)
  expect(await admit(id)).toEqual({ id, replayed: false })
  await evictDurableObject(inside.stub())
  expect(await again()).toEqual({ id, replayed: true })
  expect((await again()).replayed).toBe(false)
})

it('answers a call that is repeated with what it took', async () => {
  const { id } = await api.create()
  await callerGone(id)
  expect(await admit(idOf('2'))).toEqual({ id, replayed: true })
  // As where the account died before the Worker had its answer.
  await evictDurableObject(inside.stub())
  expect(await admit(idOf('2'))).toEqual({ id, replayed: true })
  // The same news again makes it nobody's twice.
  await callerGone(id)
  expect(await fal.calls('submit')).toHaveLength(1)
  expect((await again()).replayed).toBe(false)
})

it('hands it out again where who took it is gone too', async () => {
  const { id } = await api.create()
  await callerGone(id)
  await admit(idOf('2'))
  await callerGone(idOf('2'))
  // Gone before it arrives: nobody hears the answer, so it takes nothing away.
  await callerGone(idOf('3'))
  expect(await admit(idOf('3'))).toMatchObject({ id })
  expect(await again()).toEqual({ id, replayed: true })
  expect((await again()).replayed).toBe(false)
  expect(await fal.calls('submit')).toHaveLength(2)
})

it('takes the oldest first, and each once', async () => {
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

/** A request that is answered only when its webhook is delivered, as it waits for its end. */
const openRequest = async () => {
  const answer = again({}, { prefer: 'wait=60' })
  await fal.hooks()
  const [{ id } = { id: '' }] = await inside.sql<{ id: string }>('SELECT id FROM generations')
  return { answer, id }
}

it('waits for news where the same request is under way, and takes what it tells of', async () => {
  const { answer, id } = await openRequest()
  // However slow this machine is, the news is not late.
  await inside.storage(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  const second = again()
  await eventually(async () => vi.getTimerCount() > 0)
  await callerGone(id)
  expect(await second).toEqual({ id, replayed: true })
  await fal.deliverAll()
  await answer
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('makes nothing of a request whose caller left before it came, where the same is under way', async () => {
  const { answer, id } = await openRequest()
  await callerGone(idOf('2'))
  expect(await admit(idOf('2'))).toEqual({ id, replayed: true })
  await fal.deliverAll()
  expect(await answer).toEqual({ id, replayed: false })
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('is taken before any limit is looked at', async () => {
  const body = { prompt: fal.marked('render_ms=600000') }
  const { id } = await api.create(body)
  await callerGone(id, body.prompt)
  await api.put('/v1/accounts/default', { max_open: 1 })
  expect(await api.codeOf(api.ask())).toBe('too_many_open')
  expect(await again(body)).toEqual({ id, replayed: true })
})

it("tells fal's refusal of it once more", async () => {
  const body = { prompt: fal.marked('submit=locked') }
  const id = await api.refusedId(api.ask(body))
  await callerGone(id, body.prompt)
  const response = await api.ask(body)
  expect(response.headers.get('idempotent-replayed')).toBe('true')
  expect((await api.readProblem(response)).generation_id).toBe(id)
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('costs a request nothing where no caller has left, and is forgotten with the next alarm', async () => {
  const { id } = await api.create()
  const ran = await inside.metered(() => admit(idOf('2')))
  expect(ran.filter(({ query }) => query.includes('orphans'))).toEqual([])
  await clock.stop()
  await callerGone(id)
  await clock.pass(60_000)
  expect(await inside.sql('SELECT * FROM orphans')).toEqual([])
})
