import { expect, test } from 'vitest'
import { type Answer, readSubmit } from '../../src/adapters/fal-answers.ts'

const ID = '764cabcf-b745-4b3e-ae38-1200304cf45b'
const ACCEPTED = {
  status: 'IN_QUEUE',
  request_id: ID,
  queue_position: 3,
  response_url: `https://queue.fal.run/fal-ai/pika/requests/${ID}`,
}
const named = { 'x-fal-request-id': ID }
const isAccepted = { type: 'accepted', by: 'answer', requestId: ID }
const isLookedUp = { type: 'unknown', lookUp: { requestId: ID, settles: false } }

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: new Headers(headers),
  text: typeof body === 'string' ? body : JSON.stringify(body),
})

const statuses = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** The statuses that prove that fal did not take the request. */
const REFUSALS = [400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 429, 431]
const SUCCESSES = statuses(200, 299)
const OTHERS = statuses(100, 599).filter(
  (status) => ![...REFUSALS, ...SUCCESSES, 503].includes(status),
)

test.each(SUCCESSES)('%i with a request id is accepted', (status) => {
  expect(readSubmit(answer(status, ACCEPTED))).toEqual({ ...isAccepted, queuePosition: 3 })
})

test.each(REFUSALS)('%i is a refusal, whether or not it names a request', (status) => {
  expect(readSubmit(answer(status, { detail: 'no' })).type).toBe('refused')
  expect(readSubmit(answer(status, { detail: 'no' }, named)).type).toBe('refused')
  expect(readSubmit(answer(status, ACCEPTED)).type).toBe('refused')
})

test.each(OTHERS)('%i proves nothing, nor does a miss of the request it names', (status) => {
  for (const body of ['', '<html>', { detail: 'no' }, ACCEPTED]) {
    const { failure: _, ...read } = { failure: null, ...readSubmit(answer(status, body)) }
    expect(read).toEqual({ type: 'unknown' })
  }
  expect(readSubmit(answer(status, { detail: 'no' }, named))).toMatchObject(isLookedUp)
})

test('503 does not prove that nothing was queued, but a miss of the request it names does', () => {
  const message = 'fal did not take the request (status 503): no'
  const failure = { code: 'fal_unavailable', message, retryable: true }
  const read = (headers = {}) => readSubmit(answer(503, { detail: 'no' }, headers))
  expect(read()).toEqual({ type: 'unproven', failure })
  const lookUp = { requestId: ID, settles: true }
  expect(read(named)).toEqual({ type: 'unknown', lookUp, failure })
  expect(read({ 'x-fal-request-id': '../..' })).toEqual({ type: 'unknown', failure })
})

test('no answer proves nothing', () => {
  const failure = expect.objectContaining({ code: 'fal_unavailable' })
  expect(readSubmit(undefined)).toEqual({ type: 'unknown', failure })
})

test('a 2xx with its id only in the header is looked up', () => {
  expect(readSubmit(answer(200, { status: 'IN_QUEUE' }, named))).toMatchObject(isLookedUp)
})

test.each([
  ['no id', { ...ACCEPTED, request_id: undefined }],
  ['broken JSON', '{"status":"IN_QUEUE","request_'],
  ['no body', ''],
  ['a list', [ACCEPTED]],
  ['null', null],
  ['an id that is a number', { ...ACCEPTED, request_id: 7 }],
  ['an empty id', { ...ACCEPTED, request_id: '' }],
  ['an id that climbs a path', { ...ACCEPTED, request_id: '../../admin' }],
  ['an id with a query', { ...ACCEPTED, request_id: 'a?b=c' }],
  ['an overlong id', { ...ACCEPTED, request_id: 'a'.repeat(129) }],
])('a 2xx with %s proves nothing', (_, body) => {
  expect(readSubmit(answer(200, body)).type).toBe('unknown')
})

test.each([
  ['missing', undefined, {}],
  ['null', null, {}],
  ['a string', '3', {}],
  ['a fraction', 1.5, {}],
  ['0', 0, { queuePosition: 0 }],
])('a 2xx is accepted with a queue position that is %s', (_, queue_position, read) => {
  const given = answer(200, { ...ACCEPTED, queue_position })
  expect(readSubmit(given)).toEqual({ ...isAccepted, ...read })
})

test('a 2xx counts by its request id, not by the id of an attempt inside fal', () => {
  const body = { ...ACCEPTED, gateway_request_id: 'inner' }
  const given = answer(200, body, { 'x-fal-request-id': 'inner' })
  expect(readSubmit(given)).toMatchObject(isAccepted)
})

const locked = { detail: 'User is locked. Reason: Exhausted balance. Top up your balance.' }
const refused = (status: number, body: unknown) => {
  const read = readSubmit(answer(status, body))
  return read.type === 'refused' ? read.failure : read
}

test.each([
  [401, { detail: 'Authentication is required' }, 'fal_refused', false],
  [402, { detail: 'Payment required' }, 'fal_account_locked', true],
  [403, locked, 'fal_account_locked', true],
  [403, { detail: 'Access denied' }, 'fal_refused', false],
  [403, '<html>', 'fal_refused', false],
  [404, { detail: 'Application not found' }, 'fal_refused', false],
  [413, '', 'fal_refused', false],
  [429, { detail: 'Too many requests' }, 'fal_queue_full', true],
  [400, { detail: 'bad' }, 'input_refused', false],
  [422, { detail: 'bad' }, 'input_refused', false],
])('%i %j is %s', (status, body, code, retryable) => {
  expect(refused(status, body)).toMatchObject({ code, retryable })
})

test.each([
  [400, 'fal refused the input: the prompt is too long'],
  [422, 'fal refused the input: the prompt is too long'],
  [404, 'fal refused the request (404): the prompt is too long'],
  [429, "fal's queue takes no more for now: the prompt is too long"],
])("a refusal %i gives the reason in fal's words", (status, message) => {
  expect(refused(status, { detail: 'the prompt is too long' })).toMatchObject({ message })
})

test('reports one by one the fields that fal refuses', () => {
  const detail = [
    { loc: ['body', 'prompt'], msg: 'field required', type: 'missing' },
    { loc: ['body', 'seed', 0], msg: 'not an integer', type: 'int_parsing' },
  ]
  expect(refused(422, { detail })).toEqual({
    code: 'input_refused',
    message: 'fal refused the input: field required',
    retryable: false,
    fields: [
      { path: 'prompt', message: 'field required' },
      { path: 'seed.0', message: 'not an integer' },
    ],
  })
})

test("never shows a caller the key or fal's account", () => {
  for (const status of [401, 402, 403]) {
    const failure = refused(status, { detail: 'User locked: balance of team-7, key abc' })
    expect(JSON.stringify(failure)).not.toMatch(/team-7|abc/)
  }
})
