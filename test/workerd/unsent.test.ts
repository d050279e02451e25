import { expect, it } from 'vitest'
import { isFinal } from '../../src/contract/status.ts'
import { inAccount } from './accounts.ts'
import { newCaller } from './callers.ts'
import * as schedules from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld({ stopped: true })

const UNAWAITED = { prefer: 'wait=0' }

/** Keeps every connection for submits busy, so that what is admitted next has to wait. */
const holdSubmits = async (): Promise<void> => {
  const hanging = { prompt: fal.marked('submit=hang') }
  for (let count = 0; count < 5; count++) await api.create(hanging, UNAWAITED)
  await eventually(async () => (await fal.calls('submit')).length === 5)
}

/** Breaks those connections; from then on the emulator counts from zero. */
const freeSubmits = async (): Promise<void> => {
  await fal.restart()
  await fal.control('/clock', { frozen: true })
  await clock.travel(0)
}

/** The broken connections count as an outage: a probe must end it before anything is sent. */
const endOutage = async (): Promise<void> => {
  await eventually(async () => (await api.usage()).provider.status === 'unavailable')
  await clock.pass(1000)
}

const NOT_SENT = {
  status: 'failed',
  unconfirmed: false,
  error: {
    code: 'not_sent',
    message: 'it waited too long, so it was never sent to fal; nothing was paid',
    retryable: true,
  },
  cost: { state: 'released', charged_usd: 0 },
}

it('ends a generation that waits unsent for a day, charges nothing, and never sends it', async () => {
  await holdSubmits()
  const key = { 'idempotency-key': 'order-7', ...UNAWAITED }
  const { id } = await api.create({}, key)
  await clock.pass(clock.DAY_MS - 1)
  expect(await api.read(id)).toMatchObject({ status: 'submitting' })
  await clock.pass(1)
  expect(await api.read(id)).toMatchObject(NOT_SENT)
  await inside.settledInKv(id)
  expect(await api.eventTypes(id)).toEqual(['submitting', 'failed'])

  // It still waits in line for a connection, and its idempotency key still belongs to it.
  await clock.travel(2 * HOUR_MS)
  await freeSubmits()
  await endOutage()
  const again = { replayed: true, body: { id, ...NOT_SENT } }
  expect(await api.told(api.ask({}, key))).toMatchObject(again)
  const body = { status: 'queued', retry_of: id }
  expect(await api.told(api.retry(id))).toMatchObject({ body })
  expect(await fal.calls('submit')).toHaveLength(1)
})

it("ends an unsent generation by the account's own alarms, even if nothing may be sent at all", async () => {
  await holdSubmits()
  const { id, created_at } = await api.create({}, UNAWAITED)
  await inAccount({ ACCEPT: 'off' }, async (account, state) => {
    for (let rings = 0; rings < 200; rings++) {
      await account.alarm()
      if (isFinal((await account.get(id))?.record.status ?? 'failed')) return
      const atMs = (await state.storage.getAlarm()) ?? Infinity
      await clock.travel(Math.max(0, atMs - Date.now()))
    }
  })
  const finished_at = new Date(Date.parse(created_at) + clock.DAY_MS).toISOString()
  expect(await api.read(id)).toMatchObject({ ...NOT_SENT, finished_at })
})

it('sends nothing that has waited too long, even if no alarm has rung', async () => {
  await holdSubmits()
  const { id } = await api.create({}, UNAWAITED)
  await clock.travel(clock.DAY_MS)
  await freeSubmits()
  expect(await api.readUntil(id, 'failed')).toMatchObject(NOT_SENT)
  expect(await fal.calls('submit')).toEqual([])
})

it('skips runs that were not sent before the next one was due, and sends only the last', async () => {
  await holdSubmits()
  const { id } = await schedules.schedule({ input: { prompt: 'Minute {{run_number}}' } })
  for (let minute = 0; minute < 4; minute++) {
    await schedules.toNextMinute()
    await clock.ring()
  }
  const skipped = {
    outcome: 'skipped',
    reason: 'not_sent',
    detail: NOT_SENT.error.message,
    generation_id: expect.stringMatching(/^gen_/),
    slots: 1,
  }
  const runs = [{ outcome: 'pending' }, skipped, skipped, skipped]
  expect(await schedules.runsOf(id)).toMatchObject(runs)
  const [, ...ended] = await schedules.madeBy(id)
  expect(ended).toMatchObject([NOT_SENT, NOT_SENT, NOT_SENT])
  const unharmed = { failures_in_a_row: 0, paused: false }
  expect(await schedules.readSchedule(id)).toMatchObject(unharmed)
  await freeSubmits()
  await endOutage()
  await eventually(async () => (await fal.calls('submit')).length > 0)
  await clock.settle()
  expect((await fal.calls('submit')).map(({ prompt }) => prompt)).toEqual(['Minute 4'])
})

/** Two keys of the account whose connections are busy, and what each has waiting. */
const twoKeys = async () => {
  const owner = await newCaller({ account_id: 'default' })
  const other = await newCaller({ account_id: 'default' })
  const ask = async ({ create }: typeof owner, prompt: string): Promise<string> =>
    (await create({ prompt }, UNAWAITED)).id
  const waiting = [await ask(owner, 'its first'), await ask(owner, 'its second')]
  const kept = await ask(other, 'of another')
  const revoke = async () => (await api.remove(`/v1/keys/${owner.made.id}`)).status
  const watched = await other.call(`/v1/generations/${waiting[0]}/events`)
  return { owner, waiting, kept, revoke, told: watched.text() }
}

it("cancels what a revoked key has waiting, and nothing of another key's", async () => {
  await holdSubmits()
  const { owner, waiting, kept, revoke, told } = await twoKeys()
  const made = await schedules.scheduleOf(owner)
  await owner.post(`/v1/schedules/${made.id}/run`, {}, UNAWAITED)
  expect(await revoke()).toBe(200)
  for (const id of waiting) {
    const cost = { state: 'released', charged_usd: 0 }
    expect(await api.read(id)).toMatchObject({ status: 'canceled', cost })
    await inside.settledInKv(id)
  }
  expect(await told).toContain('event: generation.canceled')
  const run = { trigger: 'manual', outcome: 'canceled' }
  expect(await schedules.runsOf(made.id)).toMatchObject([run])
  const { by_key } = await api.usage()
  const sums = { generations: 3, reserved_usd: 0, released_usd: 0.6 }
  expect(by_key.find(({ key_id }) => key_id === owner.made.id)).toMatchObject(sums)
  await freeSubmits()
  await endOutage()
  await eventually(async () => (await api.read(kept)).status !== 'submitting')
  expect((await fal.calls('submit')).map(({ prompt }) => prompt)).toEqual(['of another'])
})

it('revokes a key and cancels all that it has waiting, or does neither', async () => {
  await holdSubmits()
  const { owner, waiting, revoke, told } = await twoKeys()
  await inside.sql(`CREATE TRIGGER no_room BEFORE INSERT ON owed_writes WHEN NEW.key LIKE 'key:%'
    BEGIN SELECT RAISE(ABORT, 'no room'); END`)
  expect(await revoke()).toBe(503)
  expect((await owner.call('/v1/me')).status).toBe(200)
  for (const id of waiting) expect(await api.read(id)).toMatchObject({ status: 'submitting' })
  expect(await Promise.race([told, clock.settle().then(() => 'nothing told')])).toBe('nothing told')

  await inside.sql('DROP TRIGGER no_room')
  expect(await revoke()).toBe(200)
  expect(await told).toContain('event: generation.canceled')
})
