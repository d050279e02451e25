import { runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, it, vi } from 'vitest'
import { createGate } from '../../src/account/gate.ts'
import { Outbox, type OutboxWrite } from '../../src/account/outbox.ts'
import { accountStub, freshWorld } from './harness.ts'

freshWorld()
afterEach(() => vi.restoreAllMocks())

/** An outbox of an account that owes nothing else, and what its deliveries do. */
interface World {
  readonly outbox: Outbox
  readonly sql: SqlStorage
  /** Owes a write to KV, and starts on what is due. */
  readonly owe: (key: string, value: string) => Promise<void>
  /** Sends what is due at a time that is so much later. */
  readonly later: (ms: number) => Promise<void>
  /** Lets so many seconds pass, with a drain at each. */
  readonly pass: (seconds: number) => Promise<void>
  readonly reopen: () => Outbox
}

type Deliver = (write: string, key: string) => Promise<void> | void

const inOutbox = (deliver: Deliver, body: (world: World) => Promise<void>): Promise<void> =>
  runInDurableObject(accountStub('outbox'), async (_, { storage: { sql } }) => {
    let nowMs = 1_000_000
    const send = async (write: OutboxWrite) =>
      deliver(`${write.key}=${'value' in write ? write.value : 'gone'}`, write.key)
    const gate = createGate(() => gate.refill())
    const reopen = () => new Outbox(sql, gate, send)
    let outbox = reopen()
    const drain = () => outbox.drain(() => nowMs)
    const later = (ms: number) => {
      nowMs += ms
      return drain()
    }
    await body({
      outbox,
      sql,
      owe: (key, value) => {
        outbox.add({ kind: 'kv_put', key, value }, nowMs)
        return drain()
      },
      later,
      pass: async (seconds) => {
        for (let second = 0; second < seconds; second++) await later(1000)
      },
      reopen: () => (outbox = reopen()),
    })
  })

const oweMany = async ({ owe }: World, count: number): Promise<void> => {
  for (let key = 0; key < count; key++) await owe(`key-${key}`, '1')
}

it('asks a destination that takes nothing with one write at a time, ever more rarely', async () => {
  let tries = 0
  let isDown = true
  const arrived: string[] = []
  await inOutbox(
    (write) => {
      tries++
      if (isDown) throw new Error('out of writes')
      arrived.push(write)
    },
    async (world) => {
      await oweMany(world, 50)
      await world.pass(600)
      world.reopen()
      await world.pass(3000)
      expect(tries).toBeLessThan(30)
      isDown = false
      await world.pass(301)
      expect(arrived).toHaveLength(50)
      expect(world.outbox.isEmpty()).toBe(true)
    },
  )
})

it('does not let a write that can never arrive hold up the others', async () => {
  const arrived: string[] = []
  await inOutbox(
    (write, key) => {
      if (key === 'poison') throw new Error('too long')
      arrived.push(write)
    },
    async ({ owe, pass }) => {
      await owe('poison', '1')
      await pass(600)
      await owe('a', '1')
      expect(arrived).toEqual(['a=1'])
      await owe('b', '1')
      await owe('c', '1')
      expect(arrived).toEqual(['a=1', 'b=1', 'c=1'])
    },
  )
})

it('tells the Directory while KV takes nothing', async () => {
  const arrived: string[] = []
  await inOutbox(
    (write, key) => {
      if (!key.startsWith('account:')) throw new Error('out of writes')
      arrived.push(write)
    },
    async (world) => {
      await oweMany(world, 5)
      world.outbox.add({ kind: 'busy', key: 'account:outbox', value: 'yes' }, 1_000_000)
      expect(world.outbox.nextDueMs()).toBe(1_000_000)
      await world.later(0)
      expect(arrived).toEqual(['account:outbox=yes'])
    },
  )
})

/** Deliveries that end when the test says so. */
const heldDeliveries = () => {
  const held: { readonly write: string; readonly arrive: () => void }[] = []
  const deliver: Deliver = (write) =>
    new Promise((arrive) => {
      held.push({ write, arrive })
    })
  return { held, deliver, writes: () => held.map(({ write }) => write) }
}

const turns = () => new Promise((resolve) => setImmediate(resolve))

it('sends three of different keys at once, and those of one key in order', async () => {
  const { held, deliver, writes } = heldDeliveries()
  await inOutbox(deliver, async ({ owe, outbox }) => {
    void owe('a', '1')
    void owe('a', '2')
    for (const key of ['b', 'c', 'd']) void owe(key, '1')
    await turns()
    expect(writes()).toEqual(['a=1', 'b=1', 'c=1'])
    held[1]?.arrive()
    await turns()
    expect(writes().slice(3)).toEqual(['d=1'])
    held[0]?.arrive()
    await turns()
    expect(writes().slice(4)).toEqual(['a=2'])
    for (const { arrive } of held) arrive()
    await turns()
    expect(outbox.isEmpty()).toBe(true)
  })
})

it('gives up on a delivery after ten seconds, and writes the last value again a minute later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { held, deliver, writes } = heldDeliveries()
  await inOutbox(deliver, async ({ owe, later, outbox }) => {
    void owe('a', '1')
    await turns()
    vi.advanceTimersByTime(10_000)
    await turns()
    void later(10_000)
    await turns()
    held[1]?.arrive()
    await turns()
    // Something newer takes the place of what only waits to be written again.
    void owe('a', '2')
    await turns()
    held[2]?.arrive()
    await turns()
    expect(writes()).toEqual(['a=1', 'a=1', 'a=2'])
    // The write that was given up lands now.
    held[0]?.arrive()
    await turns()
    void later(49_000)
    await turns()
    expect(writes()).toHaveLength(3)
    expect(outbox.isEmpty()).toBe(false)
    void later(1000)
    await turns()
    expect(writes().slice(3)).toEqual(['a=2'])
    held[3]?.arrive()
    await turns()
    expect(outbox.isEmpty()).toBe(true)
  })
})

it('reads a few rows to find what is due, however many wait', async () => {
  await inOutbox(
    () => {
      throw new Error('out of writes')
    },
    async (world) => {
      await oweMany(world, 500)
      const asked = vi.spyOn(Object.getPrototypeOf(world.sql), 'exec')
      await world.later(1)
      expect(world.outbox.nextDueMs()).toBeGreaterThan(1_000_001)
      const cursors = asked.mock.results.map(({ value }) => value as SqlStorageCursor<never>)
      expect(cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThan(30)
    },
  )
})
