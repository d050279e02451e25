/** The `user` of a generation: one of the caller's own end users. */
import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { api, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

const byUser = async () => {
  const { by_user = [] } = await api.usage('?include=by_user')
  return Object.fromEntries(by_user.map(({ user, ...sums }) => [String(user), sums]))
}
const list = async (query: string): Promise<string[]> => (await api.list(query)).map(({ id }) => id)
const NONE = { charged_usd: 0, reserved_usd: 0, unknown_usd: 0, released_usd: 0 }

it('stores the user, lists by user, and passes the user on to a retry', async () => {
  const failed = await api.create({ user: 'ann', prompt: fal.marked('outcome=generation_timeout') })
  const bob = await api.create({ user: 'bob' })
  await api.create()
  await fal.deliverAll()
  const users = new Set((await api.list()).map(({ user }) => user))
  expect(users).toEqual(new Set(['ann', 'bob', null]))
  const again = await (await api.retry(failed.id)).json<Generation>()
  expect(again.user).toBe('ann')
  expect(await list('user=ann')).toEqual([again.id, failed.id])
  expect(await list('user=ann&limit=1&status=failed')).toEqual([failed.id])
  expect(await list(`user=ann&cursor=${again.id}`)).toEqual([failed.id])
  expect(await list('user=bob')).toEqual([bob.id])
  expect(await list('user=carol')).toEqual([])
})

it("sums up each user's costs however generations end, and keeps the sums after a deletion", async () => {
  const { id } = await api.create({ user: 'ann' })
  const prompt = fal.marked('outcome=content_policy')
  await api.create({ user: 'ann', prompt, resolution: '1080p' })
  await api.create({ user: 'bob', prompt: fal.marked('outcome=generation_timeout') })
  await api.create()
  await fal.deliverAll()
  await api.create({ user: 'bob', prompt: fal.marked('render_ms=3600000') })
  await eventually(async () => (await api.usage()).open.total === 1)
  const expected = {
    ann: { ...NONE, generations: 2, charged_usd: 0.65 },
    bob: { ...NONE, generations: 2, reserved_usd: 0.2, released_usd: 0.2 },
    null: { ...NONE, generations: 1, charged_usd: 0.2 },
  }
  expect(await byUser()).toEqual(expected)
  await eventually(async () => (await api.remove(`/v1/generations/${id}`)).ok)
  expect(await byUser()).toEqual(expected)
  expect(await api.get('/v1/usage')).not.toHaveProperty('by_user')
})

it('counts up to 10,000 users a day separately, and the rest as other', async () => {
  await api.create({ user: 'ann' })
  await fal.deliverAll()
  await inside.sql('UPDATE user_days SET users = 10000')
  for (const user of ['bob', 'ann', 'carol']) await api.create({ user })
  await fal.deliverAll()
  expect(await byUser()).toEqual({
    ann: { ...NONE, generations: 2, charged_usd: 0.4 },
    other: { ...NONE, generations: 2, charged_usd: 0.4 },
  })
  expect(await list('user=bob')).toHaveLength(1)
})

it.each([
  ['', /empty/],
  ['x'.repeat(129), /128/],
  ['other', /must not be other/],
  [7, /string/],
  [null, /string/],
])('refuses %j as a user', async (user, message) => {
  const { errors } = await api.readProblem(await api.ask({ user }))
  expect(errors).toEqual([{ path: 'user', message: expect.stringMatching(message) }])
})
