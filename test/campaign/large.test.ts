/**
 * Moves a video far larger than the model's through the archive and to a player. That is 1 GB in
 * total, so it runs only on request: `LARGE=1 npm test -- test/campaign/large.test.ts`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createPikaClient } from '../../src/client/index.ts'
import { ADMIN_KEY, startBoth } from './gateway.ts'

const BYTES = 200 * 1024 * 1024
/** wrangler's bucket is JavaScript: its heap grows to what a copy of this size leaves behind. */
const WARM_BYTES = 100 * 1024 * 1024
const MAX_GROWTH_BYTES = 32 * 1024 * 1024
const PAGE_BYTES = 4096

const read = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // The process has ended meanwhile.
    return ''
  }
}

const groupOf = (pid: string): string | undefined =>
  // After the name, which may contain anything, come state, parent and group.
  read(pid, 'stat').split(') ')[1]?.split(' ')[2]

/** A gateway's resident memory in bytes: all workerd processes that its wrangler has started. */
const memoryOf = (group: number | undefined): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && groupOf(name) === String(group))
    .filter((pid) => read(pid, 'cmdline').includes('workerd\0serve'))
    .reduce((sum, pid) => sum + Number(read(pid, 'statm').split(' ')[1] ?? 0) * PAGE_BYTES, 0)

it.skipIf(process.env['LARGE'] !== '1' || !existsSync('/proc/self/statm'))(
  'copies 200 MB to the archive and streams it to a player in little memory',
  async () => {
    await using cleanUp = new AsyncDisposableStack()
    let size = WARM_BYTES
    const loadVideo = async () => new Uint8Array(size)
    const { gateway } = await startBoth(cleanUp, { queueMs: 0, renderMs: 0, loadVideo })
    const pika = createPikaClient({ baseUrl: gateway.url, apiKey: ADMIN_KEY })
    const memory = () => memoryOf(gateway.group())
    const pass = async (prompt: string): Promise<void> => {
      const { id } = await pika.generate({ prompt })
      await expect.poll(async () => (await pika.get(id)).video?.archived_at ?? null).not.toBeNull()
      const { video } = await pika.get(id)
      expect(video?.file_size).toBe(size)
      let bytes = 0
      const { body } = await fetch(video?.url ?? '')
      for await (const chunk of body ?? []) bytes += chunk.byteLength
      expect(bytes).toBe(size)
    }
    // The first runs take memory that later runs reuse.
    for (const one of ['first', 'second', 'third']) await pass(one)
    const before = memory()
    expect(before).toBeGreaterThan(0)
    const seen: number[] = []
    const sampling = setInterval(() => seen.push(memory()), 50)
    cleanUp.defer(() => clearInterval(sampling))
    size = BYTES
    await pass('A very long film')
    const growth = Math.max(...seen) - before
    const [grownMb, fromMb] = [growth, before].map((one) => (one / 2 ** 20).toFixed(1))
    console.log(`memory of workerd grew by ${grownMb} MB from ${fromMb} MB`)
    expect(growth).toBeLessThan(MAX_GROWTH_BYTES)
  },
)
