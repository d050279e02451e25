import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { asked, inAccount } from './accounts.ts'
import { api, fal, freshWorld } from './world.ts'

freshWorld()

it("sends the caller's seed, or generates one if there is none, and shows what it sends", async () => {
  const made = [await api.create(), await api.create(), await api.create({ seed: 0 })]
  const sources = made.map(({ seed_source }) => seed_source)
  expect(sources).toEqual(['generated', 'generated', 'caller'])
  const shown = made.map(({ input }) => input.seed)
  expect((await fal.jobs()).map(({ input }) => input['seed'])).toEqual(shown)
  expect(shown[2]).toBe(0)
  expect(shown[0]).not.toBe(shown[1])
  for (const seed of shown) expect(seed).toBeLessThan(2 ** 31)
})

it('retries with another seed, unless the caller chose the seed', async () => {
  const fail = { prompt: fal.marked('outcome=model_500') }
  for (const [input, isKept] of [
    [fail, false],
    [{ ...fail, seed: 7 }, true],
  ] as const) {
    const first = await api.create(input)
    await fal.deliverAll()
    const again = await (await api.retry(first.id)).json<Generation>()
    expect(again).toMatchObject({ seed_source: first.seed_source, retry_of: first.id })
    expect(again.input.seed === first.input.seed).toBe(isKept)
  }
})

it('sends no seed if the operator has switched that off', async () => {
  const id = 'gen_01k88z00000123456789abcdef'
  await inAccount({ ALWAYS_SEND_SEED: 'off' }, (account) => account.admit(asked(id, api.PROMPT)))
  const { seed_source, input } = await api.read(id)
  expect(seed_source).toBeNull()
  for (const sent of [input, (await fal.theJob()).input]) expect(sent).not.toHaveProperty('seed')
})
