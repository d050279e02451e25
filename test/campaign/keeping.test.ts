import { expect, it } from 'vitest'
import { type AccountEvent, createPikaClient } from '../../src/client/index.ts'
import { ADMIN_KEY, startBoth } from './gateway.ts'

const MADE = 24
const KILLS = 3

it('settles, keeps and deletes every video through kills, and sends each event once', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const { emulator, gateway } = await startBoth(cleanUp, { queueMs: 100, renderMs: 400 })
  const pika = createPikaClient({ baseUrl: gateway.url, apiKey: ADMIN_KEY })

  const told: AccountEvent[] = []
  const left = new AbortController()
  const hear = async () => {
    for await (const event of pika.accountEvents({ lastEventId: 0, signal: left.signal })) {
      told.push(event)
    }
  }
  const following = hear().catch((error: unknown) => {
    if (!left.signal.aborted) throw error
  })

  const deleted: string[] = []
  const create = async (index: number): Promise<string> => {
    const request = { prompt: `video ${index}` }
    return (await pika.create(request, { idempotencyKey: `${index}` })).id
  }
  const follow = async (id: string, index: number): Promise<void> => {
    expect(await pika.waitFor(id)).toMatchObject({ status: 'completed' })
    if (index % 3 > 0) return
    await pika.delete(id)
    deleted.push(id)
  }
  const ids: string[] = []
  for (let round = 0; round <= KILLS; round++) {
    const indexes = Array.from({ length: MADE / (KILLS + 1) }, (_, index) => ids.length + index)
    // fal has them all before the kill, because a lost answer may leave one open for hours.
    ids.push(...(await Promise.all(indexes.map(create))))
    const followed = indexes.map((index) => follow(ids[index] ?? '', index))
    if (round < KILLS) {
      // Kill at about the time at which they end, are copied and are deleted.
      await new Promise((resolve) => setTimeout(resolve, 300 + 500 * round))
      await gateway.kill()
      await gateway.start()
    }
    // Callers come back with their keys, and get the same generations.
    const back = indexes.filter((index) => index % 3 > 0)
    expect(await Promise.all(back.map(create))).toEqual(back.map((index) => ids[index]))
    await Promise.all(followed)
  }

  const kept = ids.filter((id) => !deleted.includes(id))
  await expect
    .poll(async () => {
      await gateway.tick()
      const all = await Promise.all(kept.map((id) => pika.get(id)))
      return all.filter(({ video }) => video?.archived_at == null).length
    })
    .toBe(0)
  for (const id of kept) {
    const { video } = await pika.get(id)
    const read = async (url = '') => Buffer.from(await (await fetch(url)).arrayBuffer())
    expect((await read(video?.url)).equals(await read(video?.source_url))).toBe(true)
  }
  const addresses = told.flatMap((event) =>
    'generation' in event && deleted.includes(event.generation_id)
      ? (event.generation.video?.url ?? [])
      : [],
  )
  for (const url of addresses) expect((await fetch(url)).status).toBe(410)
  for (const id of deleted) {
    await expect(pika.get(id)).rejects.toMatchObject({ code: 'generation_deleted' })
  }
  // Deleting a video keeps its cost, and nothing was paid twice.
  const { total } = await pika.usage()
  expect([total.generations, total.charged_usd]).toEqual([MADE, (MADE * 2) / 10])
  expect(emulator.emulator.jobs()).toHaveLength(MADE)

  await expect
    .poll(() => told.filter(({ type }) => type === 'generation.deleted').length)
    .toBe(deleted.length)
  left.abort()
  await following
  const numbers = told.map(({ id }) => id)
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  for (const id of kept) {
    const ends = told.filter(
      (event) => event.generation_id === id && event.type === 'generation.completed',
    )
    expect(ends).toHaveLength(1)
    const events: { readonly id: number; readonly type: string }[] = []
    for await (const event of pika.events(id)) events.push(event)
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1))
    expect(events.at(-1)?.type).toBe('generation.completed')
  }
})
