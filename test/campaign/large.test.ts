/**
 * A video far larger than any of the model's, through the archive and to a player. It passes 1 GB in
 * all, so it runs only when it is asked to: `LARGE=1 npm test -- test/campaign/large.test.ts`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createPikaClient } from '../../src/client/index.ts'
import { ADMIN_KEY, startBoth } from './gateway.ts'

const BYTES = 200 * 1024 * 1024
/** The heap of the bucket that wrangler brings, in JavaScript, grows to what a copy of this leaves behind. */
const WARM_BYTES = 100 * 1024 * 1024
const MAX_GROWTH_BYTES = 32 * 1024 * 1024
const PAGE_BYTES = 4096

const read = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

const groupOf = (pid: string): string | undefined =>
  // After the name, which may contain anything: state, parent, group.
  read(pid, 'stat').split(') ')[1]?.split(' ')[2]

/** Resident memory of a gateway, in bytes: of all that its wrangler has started of workerd. */
const memoryOf = (group: number | undefined): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && groupOf(name) === String(group))
    .filter((pid) => read(pid, 'cmdline').includes('workerd\0serve'))
    .reduce((sum, pid) => sum + Number(read(pid, 'statm').split(' ')[1] ?? 0) * PAGE_BYTES, 0)

it.skipIf(process.env['LARGE'] !== '1' || !existsSync('/proc/self/statm'))(
  'passes 200 MB through the archive and on to a player in little memory',
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
    // What runs for the first time takes memory once.
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
