import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { createCaller } from './caller.ts'
import { createGateway, sleep } from './gateway.ts'

const TIMEOUT_MS = 90_000

it('settles what was open when its process was killed', { timeout: TIMEOUT_MS }, async () => {
  await using cleanUp = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-kill-'))
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const emulator = cleanUp.use(await startEmulator({ queueMs: 100, renderMs: 1500 }))
  const gateway = cleanUp.use(await createGateway(emulator, folder))
  const caller = createCaller(gateway.url)

  const tags = Array.from({ length: 20 }, (_, index) => `tag-${index}-`)
  const ids = await Promise.all(tags.map((tag) => caller.create(tag, tag)))
  await gateway.kill()
  await gateway.start()
  // Its callers come back with their keys, and are told of the same generations.
  expect(await Promise.all(tags.map((tag) => caller.create(tag, tag)))).toEqual(ids)

  const deadlineMs = Date.now() + 45_000
  let generations = await caller.list()
  while (generations.some(({ status }) => status !== 'completed') && Date.now() < deadlineMs) {
    await sleep(250)
    generations = await caller.list()
  }
  expect(generations.map(({ status }) => status)).toEqual(tags.map(() => 'completed'))
  const jobs = emulator.emulator.jobs()
  expect(jobs.map(({ input }) => input['prompt']).toSorted()).toEqual(tags.toSorted())
  for (const generation of generations) {
    const { events } = await caller.tell(generation)
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1))
    expect(events.at(-1)?.type).toBe('generation.completed')
  }
})
