import { expect, it } from 'vitest'
import { created, events, queued } from '../../scripts/openapi/examples.ts'
import { eventFaults, undescribed } from './described.ts'

const headers = {
  'content-type': 'application/json',
  'x-request-id': '8f14e45f',
  location: `/v1/generations/${queued.id}`,
}
const body = created(queued)

const answer = (value: unknown, changes: { status?: number; headers?: object } = {}) =>
  undescribed(
    'POST',
    '/v1/generations',
    Response.json(value, {
      status: changes.status ?? 202,
      headers: { ...headers, ...changes.headers },
    }),
  )

it('has nothing to say where the answer is as described', async () => {
  expect(await answer(body)).toEqual([])
})

it.each([
  ['a field too many', { ...body, extra: 1 }],
  ['a field too many, further in', { ...body, cost: { ...body.cost, extra: 1 } }],
  ['a field too few', { ...body, metadata: undefined }],
  ['a field of another type', { ...body, unconfirmed: 'no' }],
  ['a field of another status', { ...body, video: { url: 'https://v3.fal.media/a.mp4' } }],
  ['a time that is none', { ...body, created_at: 'yesterday' }],
])('sees %s', async (_, value) => {
  expect(await answer(value)).not.toEqual([])
})

it('sees a status, a type and a header that nobody described', async () => {
  expect(await answer(body, { status: 206 })).toEqual([
    'POST /v1/generations → 206 is not described',
  ])
  expect(await answer(body, { headers: { 'content-type': 'text/html' } })).toEqual([
    'POST /v1/generations → 202: is text/html',
  ])
  expect(await answer(body, { headers: { etag: '"1"' } })).toEqual([
    'POST /v1/generations → 202: carries ETag, which is not described',
  ])
})

it('sees a problem that the operation cannot have', async () => {
  const problem = {
    type: '/errors#already_final',
    title: 'The generation has already ended',
    status: 409,
    detail: 'it is completed, which is final',
    instance: '/v1/generations',
    code: 'already_final',
    request_id: '8f14e45f',
    retryable: false,
  }
  const asProblem = { 'content-type': 'application/problem+json' }
  const response = () =>
    Response.json(problem, { status: 409, headers: { ...headers, ...asProblem } })
  expect(await undescribed('POST', '/v1/generations', response())).toEqual([
    'POST /v1/generations → 409 is not described',
  ])
})

it('knows the events of a stream', () => {
  expect(events.flatMap(eventFaults)).toEqual([])
  expect(eventFaults({ ...events[0], extra: 1 })).not.toEqual([])
})
