/** What a request asks of everything around the Worker, once its isolate is warm. */
import { expect, it, vi } from 'vitest'
import { type Asking, callIn, changedEnv, listening, newCaller } from './callers.ts'
import { api, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** A gateway that tells in which order it asked for what, and lets so many requests of a key pass. */
const listenedTo = (mayCall = Infinity) => {
  const asked: string[] = []
  const limiter = (name: string, left: number) => ({
    limit: async () => {
      asked.push(name)
      return { success: left-- > 0 }
    },
  })
  const bindings = changedEnv({
    ...listening({
      onRead: (key) => asked.push(`KV ${key.split(':')[0]}`),
      onAccount: () => asked.push('account'),
    }),
    DIRECTORY: { getByName: () => asked.push('directory') },
    KEY_LIMIT: limiter('limit on keys', mayCall),
    ADDRESS_LIMIT: limiter('limit on addresses', Infinity),
  })
  const send = (path: string, init: Asking) => callIn(bindings, path, init)
  const ask = async (token: string, path: string, body?: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const asking = { ...(body === undefined ? {} : { method: 'POST', body }), headers }
    return (await send(`/v1/generations${path}`, asking)).status
  }
  return { asked, ask, send }
}

/** How often each is called from here on. */
const counted = () => {
  const spies = (['importKey', 'sign', 'digest'] as const).map(
    (name) => [name, vi.spyOn(crypto.subtle, name)] as const,
  )
  return () => Object.fromEntries(spies.map(([name, { mock }]) => [name, mock.calls.length]))
}

const settledOne = async () => {
  const caller = await newCaller()
  const { id, client_secret } = await caller.create()
  await fal.deliverAll()
  await inside.settledInKv(id)
  return { id, secret: client_secret, key: caller.made.key }
}

it.each([
  ['an API key', 'key', { importKey: 0, sign: 0, digest: 1 }],
  ['a client secret', 'secret', { importKey: 0, sign: 1, digest: 1 }],
] as const)('reads what has settled with one look at KV, by %s', async (_what, by, crypto) => {
  const { id, ...tokens } = await settledOne()
  const { asked, ask } = listenedTo()
  expect(await ask(tokens[by], `/${id}`)).toBe(200)
  asked.length = 0
  const calls = counted()
  expect(await ask(tokens[by], `/${id}`)).toBe(200)
  expect(asked).toEqual(['limit on keys', 'KV generation'])
  expect(calls()).toEqual(crypto)
})

it('creates with one call to the account, and imports no key for the code that it makes', async () => {
  const { made } = await newCaller()
  const { asked, ask } = listenedTo()
  const create = () => ask(made.key, '', JSON.stringify({ prompt: api.PROMPT }))
  expect(await create()).toBe(202)
  asked.length = 0
  const calls = counted()
  expect(await create()).toBe(202)
  expect(asked).toEqual(['limit on keys', 'account'])
  // Codes for the client secret, the address of fal's webhook, and that of the video.
  expect(calls()).toEqual({ importKey: 0, sign: 3, digest: 1 })
})

it('reads nothing for a key that calls too often', async () => {
  const { id, key } = await settledOne()
  const { asked, ask } = listenedTo(1)
  expect(await ask(key, `/${id}`)).toBe(200)
  asked.length = 0
  expect(await ask(key, `/${id}`)).toBe(429)
  expect(asked).toEqual(['limit on keys'])
})

it('reads no generation for whoever is not let in, or may not name it', async () => {
  const { id, secret } = await settledOne()
  const changed = (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')
  const { asked, ask } = listenedTo()
  for (const token of ['wrong', `pika_${'x'.repeat(43)}`, changed(secret)]) {
    expect(await ask(token, `/${id}`)).toBe(401)
  }
  expect(await ask(secret, `/${changed(id)}`)).toBe(404)
  expect(asked).toEqual(['limit on addresses', 'KV key', 'limit on keys'])
})

it('takes the webhook of a known request with one call to the account, and asks nothing of KV', async () => {
  const caller = await newCaller()
  const hookOfNew = async () => {
    const { fal_request_id } = await caller.create()
    return eventually(async () =>
      (await fal.heldHooks()).find(({ body }) => body.includes(fal_request_id ?? '')),
    )
  }
  const { asked, send } = listenedTo()
  const deliver = async ({ url, headers, body }: fal.HeldHook) => {
    const response = await send(new URL(url).pathname, { method: 'POST', headers, body })
    expect(await response.json()).toEqual({ outcome: 'taken' })
  }
  // The first one fetches fal's keys.
  await deliver(await hookOfNew())
  const hook = await hookOfNew()
  asked.length = 0
  const calls = counted()
  await deliver(hook)
  expect(asked).toEqual(['account'])
  expect(calls()).toEqual({ importKey: 0, sign: 1, digest: 1 })
})
