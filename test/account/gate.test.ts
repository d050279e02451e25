import { expect, it } from 'vitest'
import { type ConnectionKind, createGate } from '../../src/account/gate.ts'

/** What went through a gate so far, and how to end all of it. */
const gateOf = (onSpent?: () => void) => {
  const gate = createGate(onSpent)
  const entered: ConnectionKind[] = []
  let open: (() => void)[] = []
  const ask = (kind: ConnectionKind, times: number): void => {
    for (let time = 0; time < times; time++) {
      void gate.run(kind, () => {
        entered.push(kind)
        return new Promise<void>((end) => open.push(end))
      })
    }
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const endAll = async (): Promise<void> => {
    await turn()
    while (open.length > 0) {
      const ending = open
      open = []
      for (const end of ending) end()
      await turn()
    }
  }
  return { gate, entered, ask, turn, endAll }
}

it.each([
  ['look_up', 3],
  ['submit', 5],
  ['cancel', 4],
  ['look', 3],
  ['outbox', 3],
] as const)('lets no more of a kind through at once than its share: %s', async (kind, share) => {
  const { entered, ask, turn } = gateOf()
  ask(kind, 9)
  await turn()
  expect(entered).toHaveLength(share)
})

it('lets six through at once, the most urgent first', async () => {
  const { entered, ask, turn, endAll } = gateOf()
  for (const kind of ['outbox', 'look', 'cancel', 'submit', 'look_up'] as const) ask(kind, 3)
  await turn()
  // The first six were there before anything more urgent came.
  expect(entered.splice(0)).toEqual(['outbox', 'outbox', 'outbox', 'look', 'look', 'look'])
  await endAll()
  expect(entered).toEqual([
    'look_up',
    'look_up',
    'look_up',
    'submit',
    'submit',
    'submit',
    'cancel',
    'cancel',
    'cancel',
  ])
})

it('lets forty fetches out from one event to the next, and says when more must wait', async () => {
  let spent = 0
  const { gate, entered, ask, endAll } = gateOf(() => spent++)
  ask('submit', 36)
  await endAll()
  expect([spent, gate.isSpent()]).toEqual([0, false])
  ask('look', 20)
  await endAll()
  expect(entered.filter((kind) => kind === 'look')).toHaveLength(2)
  expect([spent, gate.isSpent()]).toEqual([1, true])
  ask('submit', 1)
  await endAll()
  expect(entered).toHaveLength(38)
  gate.refill()
  await endAll()
  expect(entered.slice(38)).toEqual(['submit', ...Array.from({ length: 18 }, () => 'look')])
  expect([spent, gate.isSpent()]).toEqual([1, false])
})
