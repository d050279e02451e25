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

/** Resident memory of the gateway at a port, in bytes: of all that its wrangler has started of workerd. */
const memoryOf = (port: string): number => {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const workerds = all.filter((pid) => read(pid, 'cmdline').includes('workerd\0serve'))
  const front = workerds.find((pid) => read(pid, 'cmdline').includes(`127.0.0.1:${port}`))
  if (front === undefined) return 0
  const group = groupOf(front)
  return workerds
    .filter((pid) => groupOf(pid) === group)
    .reduce((sum, pid) => sum + Number(read(pid, 'statm').split(' ')[1] ?? 0) * PAGE_BYTES, 0)
}

it.skipIf(process.env['LARGE'] !== '1' || !existsSync('/proc/self/statm'))(
  'passes 200 MB through the archive and on to a player in little memory',
  async () => {
    await using cleanUp = new AsyncDisposableStack()
    let size = WARM_BYTES
    const loadVideo = async () => new Uint8Array(size)
    const { gateway } = await startBoth(cleanUp, { queueMs: 0, renderMs: 0, loadVideo })
    const pika = createPikaClient({ baseUrl: gateway.url, apiKey: ADMIN_KEY })
    const { port } = new URL(gateway.url)
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
    const before = memoryOf(port)
    expect(before).toBeGreaterThan(0)
    const seen: number[] = []
    const sampling = setInterval(() => seen.push(memoryOf(port)), 50)
    cleanUp.defer(() => clearInterval(sampling))
    size = BYTES
    await pass('A very long film')
    const growth = Math.max(...seen) - before
    console.log(
      `memory of workerd grew by ${(growth / 2 ** 20).toFixed(1)} MB from ${(before / 2 ** 20).toFixed(0)} MB`,
    )
    expect(growth).toBeLessThan(MAX_GROWTH_BYTES)
  },
)
