import { runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { Account } from '../../src/index.ts'

import { changedEnv } from './callers.ts'
import { api, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

const made = async (response: Promise<Response>): Promise<Generation> => (await response).json()

it('sends a seed of its own where the caller gives none, shows it, and keeps to that of the caller', async () => {
  const [first, second] = [await api.create(), await api.create()]
  const own = await api.create({ seed: 0 })
  expect([first, second, own].map(({ seed_source }) => seed_source)).toEqual([
    'generated',
    'generated',
    'caller',
  ])
  const shown = [first, second, own].map(({ input }) => input.seed)
  expect((await fal.jobs()).map(({ input }) => input['seed'])).toEqual(shown)
  expect(own.input.seed).toBe(0)
  expect(first.input.seed).not.toBe(second.input.seed)
  for (const seed of shown) expect(seed).toBeLessThan(2 ** 31)
})

it('takes the same request under one key for the same, whatever seed it was given', async () => {
  const ask = () =>
    made(api.post('/v1/generations', { prompt: api.PROMPT }, { 'idempotency-key': 'order-7' }))
  const [first, again] = [await ask(), await ask()]
  expect(again).toMatchObject({ id: first.id, input: first.input })
})

it('retries under another seed, unless the caller chose it', async () => {
  const fail = { prompt: `${api.PROMPT} [emulator: outcome=model_500]` }
  for (const [input, isKept] of [
    [fail, false],
    [{ ...fail, seed: 7 }, true],
  ] as const) {
    const first = await api.create(input)
    await eventually(async () => {
      await fal.deliverAll()
      return (await api.read(first.id)).status === 'failed'
    })
    const again = await made(api.post(`/v1/generations/${first.id}/retry`, {}))
    expect(again).toMatchObject({ seed_source: first.seed_source, retry_of: first.id })
    expect(again.input.seed === first.input.seed).toBe(isKept)
  }
})

it('sends none where the operator wants none', async () => {
  const id = await runInDurableObject(inside.stub(), async (_, state) => {
    const account = new Account(state, changedEnv({ ALWAYS_SEND_SEED: 'off' }))
    const asked = {
      id: 'gen_01k88z00000123456789abcdef',
      accountId: 'default',
      keyId: 'admin',
      idempotency: null,
      webhookOrigin: null,
      patience: { for: 'answer', ms: 10_000 },
      input: { prompt: api.PROMPT, aspect_ratio: '16:9', resolution: '720p', duration: 5 },
      metadata: {},
    } as const
    await account.admit(asked)
    return asked.id
  })
  const generation = await api.read(id)
  expect(generation.seed_source).toBeNull()
  expect(generation.input).not.toHaveProperty('seed')
  expect((await fal.jobs())[0]?.input).not.toHaveProperty('seed')
})
