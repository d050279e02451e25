import { evictDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import type { GenerationRecord } from '../../src/domain/generation/generation.ts'
import { crashBefore, logNothing, survived } from './crash.ts'
import { newCaller } from './callers.ts'
import { readGenerations } from './ledger.ts'
import { clock, eventually, fal, freshWorld, inside, MINUTE_MS } from './world.ts'

freshWorld()

const find = (prompt: string): Promise<GenerationRecord | undefined> =>
  survived(inside.storage(readGenerations, 'studio')).then((records) =>
    records?.find(({ input }) => input.prompt === prompt),
  )

/** Has the account die before the `nth` write from now on; answers whether it has. */
const dieBefore = (nth: number) =>
  crashBefore(nth, (query) => !query.trimStart().startsWith('SELECT'), 'studio')

it('pays for one video, whichever write of its life the account dies before', async () => {
  logNothing()
  await clock.stop()
  const caller = await newCaller()
  const seen: unknown[] = []
  for (let nth = 1, isDead = true; isDead; nth++) {
    const prompt = `The video of death number ${nth}`
    const headers = { 'idempotency-key': `order-${nth}`, prefer: 'wait=0' }
    const ask = () => survived(caller.ask({ prompt }, headers))
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
    await eventually(async () => hasDied() || survived(inside.owesNothing('studio')))
    const paid = (await fal.jobs()).filter(({ input }) => input['prompt'] === prompt)
    seen.push([nth, status, paid.length])
    isDead = hasDied()
    await survived(evictDurableObject(inside.stub('studio')))
  }
  // As many as it takes to admit it, to be answered and to end.
  expect(seen.length).toBeGreaterThan(15)
  expect(seen).toEqual(seen.map((_, index) => [index + 1, 'completed', 1]))
})
