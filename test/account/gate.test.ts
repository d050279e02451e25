import { expect, it } from 'vitest'
import { type ConnectionKind, createGate } from '../../src/account/gate.ts'

/** A gate, what went through it so far, and how to end what is open. */
const gateOf = () => {
  const asked: string[] = []
  const gate = createGate()
  gate.onSpent(() => asked.push('an alarm'))
  const entered: ConnectionKind[] = []
  let open: (() => void)[] = []
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const ask = async (times: number, ...kinds: ConnectionKind[]): Promise<void> => {
    const run = (kind: ConnectionKind) =>
      gate.run(kind, () => {
        entered.push(kind)
        return new Promise<void>((end) => open.push(end))
      })
    for (const kind of kinds) for (let time = 0; time < times; time++) void run(kind)
    await turn()
  }
  const endAll = async (): Promise<void> => {
    while (open.length > 0) {
      for (const end of open.splice(0)) end()
      await turn()
    }
  }
  return { gate, asked, entered, ask, endAll }
}

it('lets six through at once, each kind up to its share, the most urgent first', async () => {
  const shares = { look_up: 3, submit: 5, cancel: 4, look: 3, outbox: 3 } as const
  for (const [kind, share] of Object.entries(shares)) {
    const { entered, ask } = gateOf()
    await ask(9, kind as ConnectionKind)
    expect(entered).toHaveLength(share)
  }
  const { entered, ask, endAll } = gateOf()
  await ask(3, 'outbox', 'look', 'cancel', 'submit', 'look_up')
  // The first six were there before anything more urgent came.
  const inOrder = ['outbox', 'look', 'look_up', 'submit', 'cancel']
  await endAll()
  expect(entered).toEqual(inOrder.flatMap((kind) => [kind, kind, kind]))
})

it('allows forty fetches from one event to the next, and asks for an alarm for the rest', async () => {
  const { gate, asked, entered, ask, endAll } = gateOf()
  await ask(36, 'submit')
  await endAll()
  await ask(20, 'look')
  await endAll()
  // A look may fetch twice.
  expect(entered.slice(36)).toEqual(['look', 'look'])
  await ask(1, 'submit')
  await endAll()
  expect(entered).toHaveLength(38)
  expect([asked, gate.isSpent()]).toEqual([['an alarm'], true])
  gate.refill()
  await ask(0)
  await endAll()
  expect(entered).toHaveLength(38 + 1 + 18)
  expect(gate.isSpent()).toBe(false)
})
