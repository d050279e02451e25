import { expect, it } from 'vitest'
import { createCaller } from './caller.ts'
import { startBoth } from './gateway.ts'

it('settles what was open when its process was killed', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const { emulator, gateway } = await startBoth(cleanUp, { queueMs: 100, renderMs: 1500 })
  const caller = createCaller(gateway.url)

  const tags = Array.from({ length: 20 }, (_, index) => `tag-${index}-`)
  const ids = await Promise.all(tags.map((tag) => caller.create(tag, tag)))
  await gateway.kill()
  await gateway.start()
  // Its callers come back with their keys, and are told of the same generations.
  expect(await Promise.all(tags.map((tag) => caller.create(tag, tag)))).toEqual(ids)

  await expect
    .poll(async () => (await caller.list()).filter(({ finished_at }) => finished_at === null))
    .toEqual([])
  const generations = await caller.list()
  expect(generations.map(({ status }) => status)).toEqual(tags.map(() => 'completed'))
  const jobs = emulator.emulator.jobs()
  expect(jobs.map(({ input }) => String(input['prompt'])).toSorted()).toEqual(tags.toSorted())
  for (const generation of generations) {
    const { events } = await caller.tell(generation)
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1))
    expect(events.at(-1)?.type).toBe('generation.completed')
  }
})
