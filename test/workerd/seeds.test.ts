import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { asked, inAccount } from './accounts.ts'
import { api, fal, freshWorld } from './world.ts'

freshWorld()

it('sends a seed of its own where the caller gives none, shows it, and keeps to that of the caller', async () => {
  const [first, second] = [await api.create(), await api.create()]
  const own = await api.create({ seed: 0 })
  const sources = [first, second, own].map(({ seed_source }) => seed_source)
  expect(sources).toEqual(['generated', 'generated', 'caller'])
  const shown = [first, second, own].map(({ input }) => input.seed)
  expect((await fal.jobs()).map(({ input }) => input['seed'])).toEqual(shown)
  expect(own.input.seed).toBe(0)
  expect(first.input.seed).not.toBe(second.input.seed)
  for (const seed of shown) expect(seed).toBeLessThan(2 ** 31)
})

it('takes the same request under one key for the same, whatever seed it was given', async () => {
  const ask = () => api.create({}, { 'idempotency-key': 'order-7' })
  const [first, again] = [await ask(), await ask()]
  expect(again).toMatchObject({ id: first.id, input: first.input })
})

it('retries under another seed, unless the caller chose it', async () => {
  const fail = { prompt: fal.marked('outcome=model_500') }
  for (const [input, isKept] of [
    [fail, false],
    [{ ...fail, seed: 7 }, true],
  ] as const) {
    const first = await api.create(input)
    await fal.deliverAll()
    await api.readUntil(first.id, 'failed')
    const again = await (await api.retry(first.id)).json<Generation>()
    expect(again).toMatchObject({ seed_source: first.seed_source, retry_of: first.id })
    expect(again.input.seed === first.input.seed).toBe(isKept)
  }
})

it('sends none where the operator wants none', async () => {
  await inAccount({ ALWAYS_SEND_SEED: 'off' }, (account) =>
    account.admit(asked('gen_01k88z00000123456789abcdef', api.PROMPT)),
  )
  const generation = await api.read('gen_01k88z00000123456789abcdef')
  expect(generation.seed_source).toBeNull()
  expect(generation.input).not.toHaveProperty('seed')
  expect((await fal.jobs())[0]?.input).not.toHaveProperty('seed')
})
