import { expect, it } from 'vitest'
import { calls, call, create, deliverAll, freshWorld, jobs, PROMPT, read } from './harness.ts'

freshWorld()

it('makes a video from the documented input, and says what it cost', async () => {
  const created = await create({ prompt: PROMPT })
  expect(created.status).toBe('queued')
  await deliverAll()
  const done = await read(created.id)
  expect(done).toMatchObject({
    status: 'completed',
    input: { prompt: PROMPT, aspect_ratio: '16:9', resolution: '720p', duration: 5 },
    cost: { estimated_usd: 0.2, charged_usd: 0.2, state: 'charged', basis: 'price_table' },
  })
  expect(await calls('submit')).toHaveLength(1)
  expect(await jobs()).toHaveLength(1)
})

it('finds the end by asking where no webhook comes', async () => {
  const created = await create()
  expect(await read(created.id)).toMatchObject({ status: 'completed' })
  expect((await call(`/v1/requests/${created.fal_request_id}`)).status).toBe(200)
})
