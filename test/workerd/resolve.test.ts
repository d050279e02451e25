import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { newCaller } from './callers.ts'
import { api, clock, fal, freshWorld, MINUTE_MS } from './world.ts'

freshWorld({ stopped: true })

const { resolve } = api
const refusal = (id: string, word: unknown) => api.codeOf(resolve(id, word))

/** One whose answer was lost, two minutes ago. */
const lost = async (markers = 'submit=lost webhook=lost'): Promise<Generation> => {
  const made = await api.create({ prompt: fal.marked(markers) })
  expect(made.unconfirmed).toBe(true)
  const early = await resolve(made.id, { charged: true })
  expect(await api.readProblem(early)).toMatchObject({ code: 'not_resolvable', retryable: true })
  await clock.travel(2 * MINUTE_MS)
  return made
}

it('ends what nobody can tell by the word of a person, once', async () => {
  const { id } = await lost()
  const body = {
    status: 'failed',
    error: { code: 'submission_unconfirmed', listening_until: expect.any(String) },
    cost: { state: 'released', charged_usd: 0 },
  }
  const said = await api.told(resolve(id, { charged: false }))
  expect(said).toMatchObject({ status: 200, body })
  expect((await resolve(id, { charged: false })).status).toBe(200)
  expect(await refusal(id, { charged: true })).toBe('not_resolvable')
})

it('takes up the request that a person has found, and follows it to its end', async () => {
  const { id } = await lost('submit=lost webhook=lost render_ms=300000')
  const { request_id } = await fal.theJob()
  const found = await resolve(id, { fal_request_id: request_id })
  expect(await found.json()).toMatchObject({ status: 'in_progress', fal_request_id: request_id })
  expect((await resolve(id, { fal_request_id: request_id })).status).toBe(200)
  await clock.pass(10 * MINUTE_MS)
  await api.readUntil(id, 'completed')
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('takes no request that fal does not know, or that is of another generation', async () => {
  const { id } = await lost()
  const other = await api.create()
  expect(await refusal(id, { fal_request_id: 'none-such' })).toBe('invalid_input')
  expect(await refusal(id, { fal_request_id: other.fal_request_id })).toBe('not_resolvable')
  await fal.control('/faults', { op: 'status', fault: 502, times: 1 })
  expect(await refusal(id, { fal_request_id: 'none-such' })).toBe('unavailable')
  expect(await api.read(id)).toMatchObject({ status: 'submitting', unconfirmed: true })
  expect(await refusal(id, { charged: true, fal_request_id: 'x' })).toBe('invalid_input')
  expect(await refusal(id, {})).toBe('invalid_input')
})

it('is for what fal leaves open, and for ADMIN_KEY alone', async () => {
  const made = await api.create()
  expect(await refusal(made.id, { charged: true })).toBe('not_resolvable')
  expect(await refusal('gen_01k88z00000123456789abcdef', { charged: true })).toBe('not_found')
  const caller = await newCaller({ scopes: ['admin', 'generations:read', 'generations:write'] })
  const refused = await caller.send('POST', `/v1/generations/${made.id}/resolve`, { charged: true })
  expect(await api.codeOf(refused)).toBe('missing_scope')
})
