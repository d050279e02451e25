import { expect, it } from 'vitest'
import { callWith } from './callers.ts'
import { api, clock, eventually, fal, freshWorld } from './world.ts'

freshWorld()

const { eventTypes } = api
const { callBack, signed, theHook } = fal

const DONE = { status: 'completed', error: null }
const FAILED = { status: 'failed', error: { code: 'content_policy_violation' } }

it.each([
  ['lost', DONE],
  ['500_after_no_id', DONE],
  ['504_after_inner_id', DONE],
  ['malformed', DONE],
  ['lost outcome=content_policy', FAILED],
])('adopts the job whose answer (%s) was lost from its webhook', async (submit, end) => {
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
  const life = ['submitting', 'unconfirmed', 'queued', end.status]
  expect(await eventTypes(created.id)).toEqual(life)
})

it('takes a webhook that overtakes the answer to the submit for that answer', async () => {
  const creating = api.create({ prompt: fal.marked('webhook=early') })
  const hook = await theHook()
  expect((await fal.deliver(hook)).status).toBe(200)
  const created = await creating
  expect(created).toMatchObject({ status: 'completed' })
  expect(await eventTypes(created.id)).toEqual(['submitting', 'queued', 'completed'])
})

it('takes a webhook that comes twice once', async () => {
  const created = await api.create({ prompt: fal.marked('webhook=doubled') })
  const hooks = await fal.heldHooks()
  expect(hooks).toHaveLength(2)
  for (const hook of hooks) expect((await fal.deliver(hook)).status).toBe(200)
  expect(await eventTypes(created.id)).toEqual(['submitting', 'queued', 'completed'])
})

it('is not moved by a webhook that comes after the end', async () => {
  const created = await api.create({ prompt: fal.marked('webhook=late:60000') })
  const done = await api.readUntil(created.id, 'completed')
  await fal.control('/clock', { advance_ms: 60_000 })
  expect((await fal.deliver(await theHook())).status).toBe(200)
  expect(await api.read(created.id)).toEqual(done)
})

it('believes a webhook although the queue still says that the job is running', async () => {
  const created = await api.create({ prompt: fal.marked('webhook=out_of_order:60000') })
  await api.readUntil(created.id, 'in_progress')
  await fal.deliverAll()
  expect(await api.read(created.id)).toMatchObject({ status: 'completed' })
})

it.each([
  ['that is forged', 'forged', 401],
  ['that is stale', 'stale', 401],
  ["of another customer of fal's, once fal's user is known,", 'other_user', 200],
])('does not believe a webhook %s for one that waits for it', async (_what, kind, status) => {
  await fal.completed()
  const created = await api.create({ prompt: fal.marked(`submit=lost webhook=${kind}`) })
  expect((await fal.deliver(await theHook())).status).toBe(status)
  expect(await api.read(created.id)).toMatchObject({ status: 'submitting', unconfirmed: true })
})

it('believes the true webhook that follows a forged one', async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost webhook=forged_first') })
  await fal.deliverAll()
  await fal.deliverAll()
  expect(await api.read(created.id)).toMatchObject({ status: 'completed' })
})

it('believes a webhook signed with a key that fal has begun to use since', async () => {
  await api.create()
  await fal.deliverAll()
  await clock.stop()
  // Files share a Worker: no other travels to this hour, and asks for keys there.
  await clock.travel(5 * 3_600_000 + 17 * 60_000)
  await fal.control('/settings', { rotate_key: true })
  const created = await api.create()
  expect((await fal.deliver(await theHook())).status).toBe(200)
  expect(await api.read(created.id)).toMatchObject({ status: 'completed' })
})

it('acknowledges a webhook that names another request, and changes nothing', async () => {
  const created = await api.create({ prompt: fal.marked('webhook=wrong_id render_ms=60000') })
  await fal.control('/clock', { advance_ms: 60_000 })
  expect((await fal.deliver(await theHook())).status).toBe(200)
  expect(await eventTypes(created.id)).toEqual(['submitting', 'queued'])
})

it.each(['unserialisable', 'no_video'])(
  'asks for the result where the webhook (%s) does not carry it',
  async (outcome) => {
    const created = await api.create({ prompt: fal.marked(`outcome=${outcome}`) })
    await fal.deliverAll()
    const status = outcome === 'no_video' ? 'failed' : 'completed'
    await eventually(async () => (await eventTypes(created.id)).includes(status))
    expect(await fal.calls('result')).toHaveLength(1)
    expect(await fal.calls('status')).toEqual([])
  },
)

it('touches nothing without the code that only the gateway can make', async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost') })
  const other = await api.create({ prompt: fal.marked('submit=lost render_ms=600000') })
  const hook = await theHook()
  const { pathname } = new URL(hook.url)
  const macOf = (url = '') => url.split('/').at(-1) ?? ''
  const urls = (await fal.jobs()).map((job) => job.webhook_url ?? '')
  const otherMac = macOf(urls.find((url) => url.includes(other.id)))
  const mac = macOf(pathname)
  const wrong = [
    pathname.slice(0, -1),
    pathname + 'A',
    pathname.replace(mac, otherMac),
    pathname.replace(created.id, other.id),
    pathname.replace('/default/', '/another/'),
    pathname.replace(created.id, 'gen_x'),
    pathname.replace(mac, '%00'),
  ]
  for (const path of wrong) {
    expect([path, (await callBack(path, hook.headers, hook.body)).status]).toEqual([path, 404])
  }
  expect(await fal.calls('jwks')).toEqual([])
  const statuses = (await api.list()).map(({ status }) => status)
  expect(statuses).toEqual(['submitting', 'submitting'])
})

it('refuses what is not a webhook of fal, and never breaks on it', async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost') })
  const { url, headers, body } = await theHook()
  const { request_id: id } = await fal.theJob()
  const answer = async (changed: Record<string, string>, sent: BodyInit = body) =>
    (await callBack(url, { ...headers, ...changed }, sent)).status

  for (const signature of ['abcd', 'zz'.repeat(64), '00'.repeat(64)]) {
    expect(await answer({ 'x-fal-webhook-signature': signature })).toBe(401)
  }
  expect(await answer({ 'x-fal-webhook-timestamp': 'now' })).toBe(401)
  expect(await answer({ 'x-fal-webhook-user-id': 'someone' })).toBe(401)
  const large = 'x'.repeat(1024 * 1024 + 1)
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

it('refuses a payload that goes down thousands of levels, and keeps short what is named long', async () => {
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

it('survives a payload of any shape by asking for the result', async () => {
  for (const payload of [null, 7, 'x', [], { video: null }, { video: { url: 'javascript:1' } }]) {
    const created = await api.create()
    const hook = await signed({ request_id: created.fal_request_id, status: 'OK', payload })
    const url = (await fal.jobs()).at(-1)?.webhook_url ?? ''
    expect((await callBack(url, hook.headers, hook.body)).status).toBe(200)
    await eventually(async () => (await eventTypes(created.id)).includes('completed'))
  }
})

it("asks fal to try again while fal's public keys cannot be had", async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost') })
  const { url, headers, body } = await theHook()
  await fal.control('/faults', { op: 'jwks', fault: 503 })
  // Another address for the keys is another verifier, which has none yet.
  const elsewhere = { FAL_JWKS_URL: 'https://rest.fal.ai/.well-known/jwks.json?fresh' }
  const answer = callWith(elsewhere, new URL(url).pathname, { method: 'POST', headers, body })
  expect(await api.codeOf(answer)).toBe('unavailable')
  await fal.deliverAll()
  expect(await api.read(created.id)).toMatchObject({ status: 'completed' })
})
