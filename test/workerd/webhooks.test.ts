import { expect, it } from 'vitest'
import { callWith } from './callers.ts'
import { api, eventually, fal, freshWorld } from './world.ts'

freshWorld()

const { eventTypes } = api
const { callBack, signed, theHook } = fal

const DONE = { status: 'completed', error: null }
const FAILED = { status: 'failed', error: { code: 'content_policy_violation' } }

/** A generation's events while it waits for its webhook, when adopted, and if never in doubt. */
const WAITING = ['submitting', 'unconfirmed']
const ADOPTED = [...WAITING, 'queued', 'completed']
const TAKEN = ['submitting', 'queued', 'completed']

it.each([
  ['lost', DONE],
  ['500_after_no_id', DONE],
  ['504_after_inner_id', DONE],
  ['malformed', DONE],
  ['lost outcome=content_policy', FAILED],
])('adopts a job from its webhook if the answer (%s) was lost', async (submit, end) => {
  const created = await api.create({ prompt: fal.marked(`submit=${submit}`) })
  expect(created).toMatchObject({ status: 'submitting', unconfirmed: true })
  await fal.deliverAll()
  expect(await api.read(created.id)).toMatchObject({
    ...end,
    unconfirmed: false,
    fal_request_id: (await fal.theJob()).request_id,
    cost: { state: 'charged', charged_usd: 0.2 },
  })
  expect(await fal.calls('submit')).toHaveLength(1)
  expect(await eventTypes(created.id)).toEqual([...WAITING, 'queued', end.status])
})

it("treats a webhook that overtakes the submit's answer as that answer", async () => {
  const creating = api.create({ prompt: fal.marked('webhook=early') })
  const hook = await theHook()
  expect((await fal.deliver(hook)).status).toBe(200)
  expect(await eventTypes((await creating).id)).toEqual(TAKEN)
})

it('changes nothing when a webhook comes after the end', async () => {
  const created = await api.create({ prompt: fal.marked('webhook=late:60000') })
  const done = await api.readUntil(created.id, 'completed')
  await fal.control('/clock', { advance_ms: 60_000 })
  expect((await fal.deliver(await theHook())).status).toBe(200)
  expect(await api.read(created.id)).toEqual(done)
})

it('trusts a webhook even if the queue still says that the job is running', async () => {
  const created = await api.create({ prompt: fal.marked('webhook=out_of_order:60000') })
  await api.readUntil(created.id, 'in_progress')
  await fal.deliverAll()
  expect(await api.read(created.id)).toMatchObject({ status: 'completed' })
})

it.each([
  ['takes a doubled webhook once', 'webhook=doubled', [200, 200], TAKEN],
  ['refuses a forged webhook', 'submit=lost webhook=forged', [401], WAITING],
  ['takes a true one after a forged one', 'submit=lost webhook=forged_first', [401, 200], ADOPTED],
  ['refuses a stale webhook', 'submit=lost webhook=stale', [401], WAITING],
  ["ignores another customer's webhook", 'submit=lost webhook=other_user', [200], WAITING],
])('%s (%s)', async (_what, markers, statuses, life) => {
  await fal.completed()
  const created = await api.create({ prompt: fal.marked(markers) })
  for (const status of statuses) expect((await fal.deliver(await theHook())).status).toBe(status)
  expect(await eventTypes(created.id)).toEqual(life)
})

it.each([
  ['unserialisable', 'completed'],
  ['no_video', 'failed'],
])('asks for the result if the webhook (%s) does not carry it', async (outcome, status) => {
  const created = await api.create({ prompt: fal.marked(`outcome=${outcome}`) })
  await fal.deliverAll()
  await eventually(async () => (await eventTypes(created.id)).includes(status))
  expect(await fal.calls('result')).toHaveLength(1)
  expect(await fal.calls('status')).toEqual([])
})

it('answers 404 to a webhook without the code that only the gateway can make', async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost') })
  const other = await api.create({ prompt: fal.marked('submit=lost render_ms=600000') })
  const hook = await theHook()
  const { pathname } = new URL(hook.url)
  const macOf = (url = '') => url.split('/').at(-1) ?? ''
  const urls = (await fal.jobs()).map((job) => job.webhook_url ?? '')
  const otherMac = macOf(urls.find((url) => url.includes(other.id)))
  const mac = macOf(pathname)
  for (const path of [
    pathname.slice(0, -1),
    pathname + 'A',
    pathname.replace(mac, otherMac),
    pathname.replace(created.id, other.id),
    pathname.replace('/default/', '/another/'),
    pathname.replace(created.id, 'gen_x'),
    pathname.replace(mac, '%00'),
  ]) {
    expect([path, (await callBack(path, hook.headers, hook.body)).status]).toEqual([path, 404])
  }
  expect(await fal.calls('jwks')).toEqual([])
  expect(await api.list()).toMatchObject([{ status: 'submitting' }, { status: 'submitting' }])
})

it("refuses what is not fal's webhook, and never breaks on it", async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost') })
  const { url, headers, body } = await theHook()
  const { request_id: id } = await fal.theJob()
  const answer = async (changed: Record<string, string>, sent: BodyInit = body) =>
    (await callBack(url, { ...headers, ...changed }, sent)).status

  const large = 'x'.repeat(1024 * 1024 + 1)
  expect(await answer({ 'x-fal-webhook-signature': 'zz'.repeat(64) })).toBe(401)
  expect(await answer({ 'x-fal-webhook-user-id': 'someone' })).toBe(401)
  expect(await answer({}, body + ' ')).toBe(401)
  expect(await answer({}, large)).toBe(413)
  expect(await answer({}, new Response(large).body ?? '')).toBe(413)

  const bodies = ['{', 'null', [], {}, { request_id: id, status: 'MAYBE' }, { request_id: '../x' }]
  for (const wrong of bodies) {
    const forged = await signed(wrong, { request_id: id })
    expect((await callBack(url, forged.headers, forged.body)).status).toBe(400)
  }
  expect(await api.read(created.id)).toMatchObject({ status: 'submitting', unconfirmed: true })
  expect(await answer({})).toBe(200)
})

it('refuses a payload that is nested thousands of levels deep, and shortens long names', async () => {
  const created = await api.create()
  const url = (await fal.theJob()).webhook_url ?? ''
  const named = { request_id: created.fal_request_id, status: 'OK' }
  const deep = `{"request_id":"${created.fal_request_id}","status":"OK","payload":${'['.repeat(5000)}${']'.repeat(5000)}}`
  const video = { url: 'https://fal.test/v.mp4', file_name: 'x'.repeat(900_000) }
  const statusOf = async (body: unknown) => {
    const hook = await signed(body)
    return (await callBack(url, hook.headers, hook.body)).status
  }
  expect(await statusOf(deep)).toBe(400)
  expect(await statusOf({ ...named, payload: { video } })).toBe(200)
  expect(JSON.stringify(await api.list()).length).toBeLessThan(10_000)
})

it('survives a payload of any shape, and asks for the result instead', async () => {
  for (const payload of [null, 7, 'x', [], { video: null }, { video: { url: 'javascript:1' } }]) {
    const created = await api.create()
    const hook = await signed({ request_id: created.fal_request_id, status: 'OK', payload })
    const url = (await fal.jobs()).at(-1)?.webhook_url ?? ''
    expect((await callBack(url, hook.headers, hook.body)).status).toBe(200)
    await eventually(async () => (await eventTypes(created.id)).includes('completed'))
  }
})

it("asks fal to try again while the gateway cannot fetch fal's public keys", async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost') })
  const { url, headers, body } = await theHook()
  await fal.control('/faults', { op: 'jwks', fault: 503 })
  // Another address for the keys makes another verifier, which has no keys yet.
  const elsewhere = { FAL_JWKS_URL: 'https://rest.fal.ai/.well-known/jwks.json?fresh' }
  const answer = callWith(elsewhere, new URL(url).pathname, { method: 'POST', headers, body })
  expect(await api.codeOf(answer)).toBe('unavailable')
  await fal.deliverAll()
  expect(await api.read(created.id)).toMatchObject({ status: 'completed' })
})
