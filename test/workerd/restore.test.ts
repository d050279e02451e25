import { expect, it } from 'vitest'
import type { Account } from '../../src/index.ts'
import { inAccount } from './accounts.ts'
import { newCaller } from './callers.ts'
import { runsOf, schedule, toNextMinute } from './schedules-world.ts'
import { api, clock, DAY_MS, fal, freshWorld, HOUR_MS } from './world.ts'

freshWorld({ history: true })

const PATH = '/v1/accounts/default/after-restore'

/** An account right after a restore: its object has restarted, and accepts no new work. */
const restored = <T>(work: (account: Account) => Promise<T>): Promise<T> =>
  inAccount({ ACCEPT: 'off' }, work)

it('refuses after-restore while new work is accepted, and to everyone but ADMIN_KEY', async () => {
  expect(await api.codeOf(api.post(PATH, {}))).toBe('still_accepting')
  const { post } = await newCaller({ account_id: 'default' })
  expect(await api.codeOf(post(PATH, {}))).toBe('missing_scope')
})

it('turns a not_sent end since the restore into an unconfirmed one, and listens for the job', async () => {
  await clock.stop()
  await fal.control('/faults', { op: 'submit', fault: 503, times: 1 })
  await api.ask()
  const { id } = await api.create({}, { prefer: 'wait=0' })
  await clock.travel(DAY_MS)
  await restored(async (account) => {
    await account.alarm()
    const ended = { failure: { code: 'not_sent' }, cost: { state: 'released' } }
    expect(await account.get(id)).toMatchObject({ record: ended })
    for (const marked of [1, 0])
      expect(await account.settings.afterRestore()).toMatchObject({ marked })
    const failure = { code: 'submission_unconfirmed' }
    const record = { status: 'failed', failure, listening: true, cost: { state: 'unknown' } }
    expect(await account.get(id)).toMatchObject({ record })
  })
})

it('skips the slots that a schedule has missed, even if it would catch up', async () => {
  await clock.stop()
  const made = await schedule({ cron: '0 * * * *', catch_up: 'latest' })
  await clock.travel(5 * HOUR_MS)
  await toNextMinute()
  await restored((account) => account.settings.afterRestore())
  await clock.ring()
  expect(await fal.calls('submit')).toEqual([])
  expect((await runsOf(made.id)).map(({ outcome }) => outcome)).not.toContain('pending')
})
