import { expect, it } from 'vitest'
import { created, events, queued } from '../../scripts/openapi/examples.ts'
import { eventFaults, undescribed } from './described.ts'

const headers = {
  'content-type': 'application/json',
  'x-request-id': '8f14e45f',
  location: `/v1/generations/${queued.id}`,
}
const body = created(queued)
interface Changes {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}
const answer = (value: unknown, { status = 202, ...changes }: Changes = {}) => {
  const init = { status, headers: { ...headers, ...changes.headers } }
  return undescribed('POST', '/v1/generations', Response.json(value, init))
}

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

it.each<[string, Changes, string]>([
  ['a status', { status: 206 }, '206 is not described'],
  ['the status of a problem', { status: 409 }, '409 is not described'],
  ['a type', { headers: { 'content-type': 'text/html' } }, '202: is text/html'],
  ['a header', { headers: { etag: '"1"' } }, '202: carries ETag, which is not described'],
])('sees %s that the operation cannot have', async (_, changes, fault) => {
  expect(await answer(body, changes)).toEqual([`POST /v1/generations → ${fault}`])
})

it('knows the events of a stream', () => {
  expect(events.flatMap(eventFaults)).toEqual([])
  expect(eventFaults({ ...events[0], extra: 1 })).not.toEqual([])
})
