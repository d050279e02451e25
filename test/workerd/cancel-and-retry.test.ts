import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { hold } from './hold.ts'
import { api, clock, eventually, fal, freshWorld } from './world.ts'

freshWorld({ stopped: true })

const { cancel, retry } = api

/** Rings the alarm, as it would ring by itself, until the generation has the wanted status. */
const ringUntil = (id: string, wanted: string): Promise<Generation> =>
  eventually(async () => {
    await clock.pass(1000)
    const generation = await api.read(id)
    return generation.status === wanted && generation
  })

it('cancels a queued generation, and pays nothing', async () => {
  const { id } = await api.create({ prompt: fal.marked('queue_ms=600000') })
  const body = { id, status: 'queued', cancel_requested_at: expect.any(String) }
  expect(await api.told(cancel(id))).toMatchObject({ status: 202, body })
  const cost = { state: 'released', charged_usd: 0 }
  expect(await ringUntil(id, 'canceled')).toMatchObject({ cost, video: null, error: null })
  expect(await fal.calls('cancel')).toHaveLength(1)
  expect((await fal.jobs())[0]).toMatchObject({ final: 'cancelled', billed: false })
})

/** A generation that was running at fal and is now canceled there. */
const canceled = async (markers = ''): Promise<Generation> => {
  const { id } = await api.create({ prompt: fal.marked(`render_ms=600000 ${markers}`) })
  await clock.travel(2000)
  await api.readUntil(id, 'in_progress')
  await cancel(id)
  return ringUntil(id, 'canceled')
}

it.each([
  ['a running job', '', 0],
  ['a request that fal forgets once it has agreed to cancel it', 'cancel=gone', 0],
  ['a job after fal has first answered 503', '', 2],
])('cancels %s', async (_what, markers, unanswered) => {
  await fal.control('/faults', { op: 'cancel', fault: 503, times: unanswered })
  expect(await canceled(markers)).toMatchObject({ cost: { state: 'released' } })
  expect(await fal.calls('cancel')).toHaveLength(unanswered + 1)
})

it.each([
  ['despite the cancel', 'render_ms=5000 cancel=ignored', /^queued$/],
  ['before the cancel came', '', /^(queued|completed)$/],
])('completes and charges a job that fal finished %s', async (_when, markers, meanwhile) => {
  const { id } = await api.create({ prompt: fal.marked(markers) })
  const body = { status: expect.stringMatching(meanwhile) }
  expect(await api.told(cancel(id))).toMatchObject({ status: 202, body })
  expect(await ringUntil(id, 'completed')).toMatchObject({
    cost: { state: 'charged', charged_usd: 0.2 },
    cancel_requested_at: expect.any(String),
  })
})

it('holds a cancel until fal has answered the submit, and then sends it', async () => {
  const { held, letGo } = hold('/text-to-video')
  const creating = api.create({ prompt: fal.marked('render_ms=600000') })
  await eventually(async () => held.length === 1)
  const [{ id } = { id: '' }] = await api.list()
  expect(await api.told(cancel(id))).toMatchObject({ body: { status: 'submitting' } })
  expect(await fal.calls('cancel')).toEqual([])
  await letGo()
  await creating
  await eventually(async () => (await fal.calls('cancel')).length === 1)
  await api.readUntil(id, 'canceled')
})

it('charges a job that fal finished before the gateway knew its id and could cancel it', async () => {
  const { id } = await api.create({ prompt: fal.marked('submit=lost') })
  expect((await cancel(id)).status).toBe(202)
  expect(await fal.calls('cancel')).toEqual([])
  await fal.deliverAll()
  expect(await api.read(id)).toMatchObject({ status: 'completed', cost: { state: 'charged' } })
})

it('answers 409 to the cancel of an ended generation, and 200 if it is already canceled', async () => {
  const { id } = await api.create()
  await fal.deliverAll()
  const ended = { code: 'already_final', generation_id: id }
  expect(await api.readProblem(cancel(id))).toMatchObject(ended)
  const again = { status: 200, body: { status: 'canceled' } }
  expect(await api.told(cancel((await canceled()).id))).toMatchObject(again)
})

it('retries a failed generation as a new one with the same input', async () => {
  const asked = { prompt: fal.marked('outcome=model_500'), seed: 0, metadata: { shot: '7' } }
  const { id, input, metadata } = await api.create(asked)
  await fal.deliverAll()
  const { status, location, body } = await api.told(retry(id))
  expect([status, location]).toEqual([202, `/v1/generations/${body.id}`])
  expect(body).toMatchObject({ retry_of: id, input, metadata, status: 'queued' })
  expect(body.id).not.toBe(id)
  expect(await fal.calls('submit')).toHaveLength(2)
})

it('retries a canceled generation, and one that fal refused', async () => {
  expect((await retry((await canceled()).id)).status).toBe(202)
  await fal.control('/faults', { op: 'submit', fault: '429' })
  const path = `/v1/generations/${await api.refusedId(api.ask())}/retry`
  expect((await api.call(path, { method: 'POST' })).status).toBe(202)
})

it('does not retry an open or completed generation', async () => {
  const open = await api.create({ prompt: fal.marked('render_ms=600000') })
  expect(await api.codeOf(retry(open.id))).toBe('still_open')
  const { id } = await fal.completed()
  expect(await api.codeOf(retry(id))).toBe('not_retryable')
  expect(await api.codeOf(retry(id, { force: true }))).toBe('invalid_input')
})

it('does not pay twice for an unknown outcome unless the caller accepts that', async () => {
  const { id } = await api.create({ prompt: fal.marked('submit=lost webhook=lost') })
  await clock.pass(2 * clock.DAY_MS)
  const refused = { code: 'outcome_unknown', generation_id: id }
  expect(await api.readProblem(retry(id))).toMatchObject(refused)
  expect(await fal.calls('submit')).toHaveLength(1)
  const accepted = await api.told(retry(id, { accept_double_charge: true }))
  expect(accepted).toMatchObject({ status: 202, body: { retry_of: id } })
})
