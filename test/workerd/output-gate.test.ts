import { runInDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { acceptingQueue, aloneWith, asked } from './accounts.ts'
import { readGenerations } from './ledger.ts'
import { api, clock, fal, freshWorld, inside } from './world.ts'

freshWorld()

it('claims a submit in the same turn that calls fetch, and does not yield in between', async () => {
  const seen = await runInDurableObject(inside.stub(), async (_, state) => {
    const isClaimed = () => readGenerations(state.storage).some(({ sentAtMs }) => sentAtMs !== null)
    let isSubmitted = false
    let isTurnOver = false
    const atFetch = Promise.withResolvers<{ isClaimed: boolean; isTurnOver: boolean }>()
    const queue = acceptingQueue(() => atFetch.resolve({ isClaimed: isClaimed(), isTurnOver }))
    const account = aloneWith(state, {
      fal: {
        ...queue,
        submit: (...asked) => {
          isSubmitted = true
          setTimeout(() => (isTurnOver = true), 0)
          return queue.submit(...asked)
        },
      },
    })
    const admitted = account.admit(asked('gen_new', api.PROMPT, 1000))
    // Looks between any two steps of the account: where it yields, others get in.
    let wasClaimedUnsent = false
    for (let steps = 0; steps < 1000 && !isSubmitted; steps++) {
      wasClaimedUnsent ||= isClaimed()
      await Promise.resolve()
    }
    await admitted
    return { isSubmitted, wasClaimedUnsent, atFetch: await atFetch.promise }
  })
  expect(seen).toEqual({
    isSubmitted: true,
    wasClaimedUnsent: false,
    atFetch: { isClaimed: true, isTurnOver: false },
  })
})

it('sends nothing while storage rejects its claim, and sends it once storage accepts it', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  // Each statement succeeds; the commit after the turn fails.
  await inside.sql(`CREATE TABLE nowhere (id TEXT PRIMARY KEY);
    CREATE TABLE lost (id TEXT REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER lose AFTER INSERT ON generations WHEN NEW.sent_at_ms IS NOT NULL
      BEGIN INSERT INTO lost VALUES ('x'); END;
    CREATE TRIGGER lose_later AFTER UPDATE ON generations BEGIN INSERT INTO lost VALUES ('x'); END`)
  const ask = () => api.ask({}, { 'idempotency-key': 'order-7', prefer: 'wait=0' })
  const reset = runInDurableObject(inside.stub(), () => clock.settle(60_000))
  const [lost] = await Promise.allSettled([reset, ask()])
  expect(lost).toMatchObject({ reason: { message: expect.stringContaining('rolled back') } })
  expect(await fal.calls('submit')).toEqual([])

  await inside.sql('DROP TRIGGER lose; DROP TRIGGER lose_later')
  const { id } = await (await ask()).json<Generation>()
  await clock.ring()
  await api.readUntil(id, 'completed')
  expect(await fal.calls('submit')).toHaveLength(1)
})
