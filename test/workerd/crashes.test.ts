/** Accounts that die, and storage that fails. */
import { evictDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { crashBefore, logNothing, survived } from './crash.ts'
import { newCaller } from './callers.ts'
import { readGenerations } from './ledger.ts'
import { api, clock, eventually, fal, freshWorld, inside, MINUTE_MS } from './world.ts'

freshWorld()

const find = async (prompt: string) =>
  (await survived(inside.storage(readGenerations, 'studio')))?.find(
    ({ input }) => input.prompt === prompt,
  )

const isWrite = (query: string) => !query.trimStart().startsWith('SELECT')

it('pays for one video, no matter before which write the account dies', async () => {
  logNothing()
  await clock.stop()
  const caller = await newCaller()
  const seen: unknown[] = []
  for (let nth = 1, isDead = true; isDead; nth++) {
    const prompt = `The video of death number ${nth}`
    const headers = { 'idempotency-key': `order-${nth}`, prefer: 'wait=0' }
    const ask = () => survived(caller.ask({ prompt }, headers))
    const hasDied = await crashBefore(nth, isWrite, 'studio')
    await ask()
    await eventually(async () => hasDied() || (await find(prompt))?.status === 'queued')
    await ask()
    // A webhook or an alarm ends the generation; if neither does, `status` shows it.
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
  // At least the writes for the admission, fal's answer and the end.
  expect(seen.length).toBeGreaterThan(15)
  expect(seen).toEqual(seen.map((_, index) => [index + 1, 'completed', 1]))
})

it('sends nothing for an admission that was not stored, even if the next read fails too', async () => {
  await api.create()
  await clock.settle(300)
  const failing = ['INSERT INTO ledger', 'FROM owed_writes ORDER BY seq']
  await inside.storage((storage) => {
    const exec = storage.sql.exec.bind(storage.sql)
    storage.sql.exec = ((query: string, ...values: unknown[]) => {
      if (failing[0] === undefined || !query.includes(failing[0])) return exec(query, ...values)
      failing.shift()
      throw new Error('disk is full')
    }) as typeof exec
  })
  expect((await api.ask()).status).toBe(503)
  await clock.settle(300)
  expect(await fal.jobs()).toHaveLength(1)
})
