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

it('finds no fault in an answer that is as described', async () => {
  expect(await answer(body)).toEqual([])
})

it.each([
  ['an extra field', { ...body, extra: 1 }],
  ['an extra nested field', { ...body, cost: { ...body.cost, extra: 1 } }],
  ['a missing field', { ...body, metadata: undefined }],
  ['a field of the wrong type', { ...body, unconfirmed: 'no' }],
  ['a field from another status', { ...body, video: { url: 'https://v3.fal.media/a.mp4' } }],
  ['an invalid time', { ...body, created_at: 'yesterday' }],
])('reports %s', async (_, value) => {
  expect(await answer(value)).not.toEqual([])
})

it.each<[string, Changes, string]>([
  ['a status', { status: 206 }, '206 is not described'],
  ["a problem's status", { status: 409 }, '409 is not described'],
  ['a type', { headers: { 'content-type': 'text/html' } }, '202: is text/html'],
  ['a header', { headers: { etag: '"1"' } }, '202: carries ETag, which is not described'],
])('reports %s that the operation cannot have', async (_, changes, fault) => {
  expect(await answer(body, changes)).toEqual([`POST /v1/generations → ${fault}`])
})

it("checks a stream's events", () => {
  expect(events.flatMap(eventFaults)).toEqual([])
  expect(eventFaults({ ...events[0], extra: 1 })).not.toEqual([])
})
