import { expect, it, vi } from 'vitest'
import { createGate } from '../../src/account/gate.ts'
import { createOutbox, type Deliver, type Outbox } from '../../src/account/outbox.ts'
import { createSql } from '../../src/adapters/sql.ts'
import { freshWorld, inside } from './world.ts'

freshWorld()

const begin = (sql: SqlStorage, deliver: Deliver): Outbox => {
  const gate = createGate()
  gate.onSpent(() => gate.refill())
  return createOutbox(createSql(sql), gate, deliver)
}

/** An outbox with nothing else to write, on its own clock. */
class World {
  nowMs = 1_000_000
  outbox: Outbox

  constructor(outbox: Outbox) {
    this.outbox = outbox
  }

  add(key: string, value: string): void {
    this.outbox.add({ kind: 'kv_put', key, value }, this.nowMs)
  }

  owe(key: string, value: string): Promise<void> {
    this.add(key, value)
    return this.later(0)
  }

  async oweMany(count: number): Promise<void> {
    for (let key = 0; key < count; key++) await this.owe(`key-${key}`, '1')
  }

  later(ms: number): Promise<void> {
    this.nowMs += ms
    return this.outbox.drain(() => this.nowMs)
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) await this.later(1000)
  }
}

const inOutbox = (deliver: Deliver, body: (world: World, sql: SqlStorage) => Promise<void>) =>
  inside.storage(({ sql }) => body(new World(begin(sql, deliver)), sql), 'outbox')

const written = (write: Parameters<Deliver>[0]) =>
  `${write.key}=${'value' in write ? write.value : 'gone'}`

/** Counts the rows that are read from now on. */
const readRows = (sql: SqlStorage): (() => number) => {
  const { mock } = vi.spyOn<SqlStorage, 'exec'>(Object.getPrototypeOf(sql), 'exec')
  return () => mock.results.reduce((sum, { value }) => sum + value.rowsRead, 0)
}

/** Destinations that accept only the keys that the test allows. */
const choosy = (takes: (key: string) => boolean) => {
  const tried: string[] = []
  const arrived: string[] = []
  const deliver: Deliver = async (write) => {
    tried.push(write.key)
    if (!takes(write.key)) throw new Error('not taken')
    arrived.push(written(write))
  }
  return { deliver, tried, arrived }
}

it('probes a failing destination with one write at a time, less and less often', async () => {
  let isUp = false
  const { deliver, tried, arrived } = choosy(() => isUp)
  await inOutbox(deliver, async (world, sql) => {
    await world.oweMany(50)
    await world.pass(600)
    world.outbox = begin(sql, deliver)
    await world.pass(3000)
    expect(tried.length).toBeLessThan(30)
    isUp = true
    await world.pass(301)
    expect(arrived).toHaveLength(50)
    expect(world.outbox.isEmpty()).toBe(true)
  })
})

it('does not let a write that always fails hold up the others', async () => {
  const { deliver, arrived } = choosy((key) => key !== 'poison')
  await inOutbox(deliver, async (world) => {
    await world.owe('poison', '1')
    await world.pass(600)
    await world.oweMany(3)
    expect(arrived).toHaveLength(3)
  })
})

it('writes to the Directory while KV fails, and reads few rows to find what is due', async () => {
  const { deliver, arrived } = choosy((key) => key.startsWith('account:'))
  await inOutbox(deliver, async (world, sql) => {
    await world.oweMany(500)
    const rowsRead = readRows(sql)
    world.outbox.add({ kind: 'busy', key: 'account:outbox', value: 'yes' }, world.nowMs)
    expect(world.outbox.nextDueMs()).toBe(world.nowMs)
    await world.later(0)
    expect(arrived).toEqual(['account:outbox=yes'])
    expect(rowsRead()).toBeLessThan(30)
  })
})

it("retries a failed write with its key's last value, and holds up no other key", async () => {
  let isUp = false
  const { deliver, arrived } = choosy((key) => isUp || key !== 'a')
  await inOutbox(deliver, async (world) => {
    for (const key of ['a', 'b']) world.add(key, '1')
    world.outbox.add({ kind: 'kv_delete', key: 'a' }, world.nowMs)
    await world.later(0)
    isUp = true
    await world.later(0)
    expect(arrived).toEqual(['b=1'])
    await world.later(60_000)
    expect(arrived).toEqual(['b=1', 'a=gone'])
    expect(world.outbox.nextDueMs()).toBeNull()
  })
})

it('works off a long backlog at a steady pace', async () => {
  const { deliver } = choosy(() => true)
  await inOutbox(deliver, async (world, sql) => {
    for (let count = 0; count < 6000; count++) world.add(`key-${count}`, 'x')
    const rowsRead = readRows(sql)
    await world.later(1000)
    expect(world.outbox.isEmpty()).toBe(true)
    // A write that looked through all the others would read three thousand rows.
    expect(rowsRead() / 6000).toBeLessThan(20)
  })
})

/** Deliveries that end when the test says so. */
const held = () => {
  const writes: string[] = []
  const ends: (() => void)[] = []
  const deliver: Deliver = (write) => {
    writes.push(written(write))
    return new Promise((end) => ends.push(end))
  }
  /** Starts work that lasts until a delivery ends, and lets it go as far as it can by itself. */
  const turn = (_work?: unknown) => new Promise((resolve) => setImmediate(resolve))
  const arrive = (index: number) => {
    ends[index]?.()
    return turn()
  }
  return { deliver, writes, turn, arrive }
}

it('sends writes for three keys at once, and those for one key in order', async () => {
  const { deliver, writes, turn, arrive } = held()
  await inOutbox(deliver, async (world) => {
    await turn(
      ['a1', 'a2', 'b1', 'c1', 'd1'].map(([key = '', value = '']) => world.owe(key, value)),
    )
    expect(writes).toEqual(['a=1', 'b=1', 'c=1'])
    await arrive(1)
    expect(writes.slice(3)).toEqual(['d=1'])
    await arrive(0)
    expect(writes.slice(4)).toEqual(['a=2'])
    for (let index = 2; index < 5; index++) await arrive(index)
    expect(world.outbox.isEmpty()).toBe(true)
  })
})

it('gives up on a delivery after ten seconds, and writes the last value again a minute later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { deliver, writes, turn, arrive } = held()
  await inOutbox(deliver, async (world) => {
    await turn(world.owe('a', '1'))
    vi.advanceTimersByTime(10_000)
    await turn()
    await turn(world.later(10_000))
    await arrive(1)
    // A newer value replaces one that waits to be written again.
    await turn(world.owe('a', '2'))
    await arrive(2)
    expect(writes).toEqual(['a=1', 'a=1', 'a=2'])
    // The abandoned write lands now.
    await arrive(0)
    await turn(world.later(49_000))
    expect(writes).toHaveLength(3)
    expect(world.outbox.isEmpty()).toBe(false)
    await turn(world.later(1000))
    expect(writes.slice(3)).toEqual(['a=2'])
    await arrive(3)
    expect(world.outbox.isEmpty()).toBe(true)
  })
})
