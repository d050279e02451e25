import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import type { GenerationRecord } from '../../src/domain/generation/generation.ts'
import { newCaller } from './callers.ts'
import { readGenerations } from './ledger.ts'
import { clock, eventually, fal, freshWorld, inside, MINUTE_MS } from './world.ts'

freshWorld()

const account = () => inside.stub('studio')

/** What comes of a call; undefined if the account dies meanwhile. */
const survived = <T>(call: Promise<T>): Promise<T | undefined> => call.catch(() => undefined)

const find = (prompt: string): Promise<GenerationRecord | undefined> =>
  survived(
    runInDurableObject(account(), (_, { storage }) =>
      readGenerations(storage).find(({ input }) => input.prompt === prompt),
    ),
  )

/** Has the account die before the `nth` write from now on; answers whether it has. */
const dieBefore = async (nth: number): Promise<() => boolean> => {
  let writes = 0
  await runInDurableObject(account(), (_, state) => {
    const { storage } = state
    const write = () => {
      if (++writes === nth) state.abort('killed')
    }
    const exec = storage.sql.exec.bind(storage.sql)
    storage.sql.exec = (query: string, ...values: unknown[]) => {
      if (!query.trimStart().startsWith('SELECT')) write()
      return exec<never>(query, ...values)
    }
    const setAlarm = storage.setAlarm.bind(storage)
    storage.setAlarm = (...args) => {
      write()
      return setAlarm(...args)
    }
  })
  return () => writes >= nth
}

it('pays for one video, whichever write of its life the account dies before', async () => {
  // What is logged in the turn in which the account dies, vitest would wait for in vain.
  for (const level of ['log', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation(() => undefined)
  }
  await clock.stop()
  const { create } = await newCaller()
  const seen: unknown[] = []
  for (let nth = 1, isDead = true; isDead; nth++) {
    const prompt = `The video of death number ${nth}`
    const headers = { 'idempotency-key': `order-${nth}`, prefer: 'wait=0' }
    const ask = () => survived(create({ prompt }, headers))
    const hasDied = await dieBefore(nth)
    await ask()
    await eventually(async () => hasDied() || (await find(prompt))?.status === 'queued')
    await ask()
    // Its webhook comes, or its clock tells; what never ends is seen as it is.
    let status: string | undefined
    for (let steps = 0; steps < 40 && status !== 'completed'; steps++) {
      await clock.travel(steps < 2 ? MINUTE_MS : 20 * MINUTE_MS)
      await survived(clock.ring('studio'))
      await fal.deliverAll()
      status = (await find(prompt))?.status ?? status
    }
    await eventually(async () => hasDied() || (await owesNothing()))
    const paid = (await fal.jobs()).filter(({ input }) => input['prompt'] === prompt)
    seen.push([nth, status, paid.length])
    isDead = hasDied()
    await survived(evictDurableObject(account()))
  }
  // As many as it takes to admit it, to be answered and to end.
  expect(seen.length).toBeGreaterThan(15)
  expect(seen).toEqual(seen.map((_, index) => [index + 1, 'completed', 1]))
})

const owesNothing = () =>
  survived(
    runInDurableObject(
      account(),
      (_, { storage: { sql } }) => sql.exec('SELECT 1 FROM owed_writes').toArray().length === 0,
    ),
  )
