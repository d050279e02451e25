import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  readCancel,
  readHookPayload,
  readResult,
  readStatus,
  readSubmit,
} from '../../src/adapters/fal-answers.ts'
import type { Answer } from '../../src/adapters/fal-answers.ts'
import { FAILURE_CODES } from '../../src/contract/status.ts'
import { VIDEO } from '../domain/generation/example.ts'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: new Headers(headers),
  text: typeof body === 'string' ? body : JSON.stringify(body),
})

const FILE = {
  url: 'https://v3.fal.media/files/boat.mp4',
  content_type: 'video/mp4',
  file_name: 'boat.mp4',
  file_size: 123_456,
}
const OUTPUT = { type: 'output', video: VIDEO }

/** fal's two error shapes. */
const modelError = (type: string, msg = 'it went wrong') => ({
  detail: [{ loc: ['body', 'prompt'], msg, type, url: `https://docs.fal.ai/errors#${type}` }],
})
const platformError = (error_type: string) => ({ detail: 'it went wrong', error_type })

const statusOf = (body: unknown, status = 202) => readStatus(answer(status, body))
const resultOf = (status: number, body: unknown, saysFailed = false, headers = {}) =>
  readResult(answer(status, body, headers), saysFailed)

test.each([
  ['1200', 1200, 1200],
  ['0', 0, 0],
  ['missing', undefined, null],
  ['null', null, null],
  ['a string', '3', null],
  ['a fraction', 0.5, null],
])('reads a queued status whose position is %s', (_, queue_position, position) => {
  expect(statusOf({ status: 'IN_QUEUE', queue_position })).toEqual({ type: 'in_queue', position })
})

const LINE = { message: 'frame 1', level: 'INFO', timestamp: '2026-10-23T12:00Z' }
const BARE_LINE = { message: 'frame 2', level: null, timestamp: null }

test.each<[unknown, object[]]>([
  [
    [{ ...LINE, source: 'USER' }, { message: 'frame 2' }],
    [LINE, BARE_LINE],
  ],
  [null, []],
  [undefined, []],
  ['text', []],
  [[7], []],
  [{}, []],
])('a running job with the logs %j has the lines %j', (given, logs) => {
  expect(statusOf({ status: 'IN_PROGRESS', logs: given })).toEqual({ type: 'running', logs })
})

test.each([
  [{ metrics: { inference_time: null } }, false],
  [{ error: null, error_type: null }, false],
  [{ error: 'flagged', error_type: 'content_policy_violation' }, true],
  [{ error: 'flagged' }, true],
  [{ error_type: 'runner_disconnected' }, true],
  [{ error: { detail: [] } }, true],
  [{ error: '' }, true],
])('a completed status with %j says that the job failed: %s', (body, saysFailed) => {
  const complete = { type: 'complete', saysFailed, logs: [] }
  expect(statusOf({ status: 'COMPLETED', ...body }, 200)).toEqual(complete)
})

test.each([
  ['a miss', { status: 'NOT_FOUND' }, 404, 'not_found'],
  ['a miss as HTML', '<html>', 404, 'not_found'],
  ['an unknown status', { status: 'FAILED' }, 200, 'no_answer'],
  ['no status', {}, 200, 'no_answer'],
  ['no JSON', '<html>', 200, 'no_answer'],
  ['a redirect', { status: 'COMPLETED' }, 302, 'no_answer'],
  ['a bad key', { detail: 'no', status: 'COMPLETED' }, 401, 'no_answer'],
  ['too many looks', { status: 'IN_QUEUE' }, 429, 'no_answer'],
  ['an error in front of fal', { status: 'COMPLETED' }, 502, 'no_answer'],
])('a look says nothing about the job: %s', (_, body, status, type) => {
  expect(statusOf(body, status)).toEqual({ type })
})

test('a result with a video is an output, even if the status named an error', () => {
  for (const saysFailed of [false, true]) {
    expect(resultOf(200, { video: FILE }, saysFailed)).toEqual(OUTPUT)
  }
})

test.each([
  ['null', { url: FILE.url, content_type: null, file_name: null, file_size: null }],
  ['missing', { url: FILE.url }],
  ['of the wrong type', { url: FILE.url, content_type: 7, file_name: {}, file_size: 'big' }],
])('a video may have optional fields that are %s', (_, video) => {
  const unknown = { contentType: null, fileName: null, fileSizeBytes: null }
  expect(resultOf(200, { video })).toEqual({ ...OUTPUT, video: { ...VIDEO, ...unknown } })
})

test.each(['0', '1', '2.5'])('a video with %s units in its header was billed for them', (units) => {
  const seen = resultOf(200, { video: FILE }, false, { 'x-fal-billable-units': units })
  expect(seen).toEqual({ ...OUTPUT, billableUnits: Number(units) })
})

test.each(['', ' ', 'many', '-1', 'NaN', 'Infinity', '1,5', '5 5'])(
  'a video with %j units in its header was billed for an unknown amount',
  (units) => {
    const seen = resultOf(200, { video: FILE }, false, { 'x-fal-billable-units': units })
    expect(seen).toEqual(OUTPUT)
  },
)

test.each([
  ['no video', {}],
  ['an empty video', { video: {} }],
  ['a null video', { video: null }],
  ['a null URL', { video: { url: null } }],
  ['a relative URL', { video: { url: 'boat.mp4' } }],
  ['a URL that must not be fetched', { video: { url: 'file:///etc/passwd' } }],
  ['a URL that runs code', { video: { url: 'javascript:alert(1)' } }],
  ['a list', [{ video: FILE }]],
])('a video needs a URL: %s is invalid_output, and billed', (_, body) => {
  const failure = { code: 'invalid_output', message: expect.any(String), retryable: true }
  expect(resultOf(200, body)).toEqual({ type: 'failure', billed: true, failure })
})

test.each([
  ['cut off', 200, '{"video": {"url": "https://v3.fal', 'no_answer'],
  ['empty', 200, '', 'no_answer'],
  ['a page', 200, '<html>', 'no_answer'],
  ['a string', 200, '"OK"', 'no_answer'],
  ['an error in front of fal', 502, '<html>', 'no_answer'],
  ['an error in front of fal, in JSON', 503, { detail: 'Service Unavailable' }, 'no_answer'],
  ['a redirect', 302, '', 'no_answer'],
  ['about a bad key', 401, { detail: 'no' }, 'no_answer'],
  ['about a bad key, with a type', 401, platformError('unauthorized'), 'no_answer'],
  ['about a locked account', 403, platformError('user_locked'), 'no_answer'],
  ['about too many looks', 429, platformError('rate_limited'), 'no_answer'],
  ['under an odd status', 402, modelError('payment_required'), 'no_answer'],
  ['of a running job', 202, { status: 'IN_PROGRESS' }, 'pending'],
  ['of a queued job', 200, { status: 'IN_QUEUE' }, 'pending'],
  ['of a job in no known state', 202, {}, 'pending'],
  ['refused without a type', 400, { detail: 'Request is still in progress' }, 'pending'],
])('a result that is %s is no verdict', (_, status, body, type) => {
  expect(resultOf(status, body)).toEqual({ type })
})

test.each([
  ['a miss', 404, { status: 'NOT_FOUND' }, 'not_found'],
  ['499 client_cancelled', 499, platformError('client_cancelled'), 'canceled'],
  ['499 client_disconnected', 499, platformError('client_disconnected'), 'canceled'],
  ['499 alone', 499, '', 'canceled'],
  ['client_cancelled under another status', 500, platformError('client_cancelled'), 'canceled'],
])('a result that is %s is a verdict, whatever the status said', (_, status, body, type) => {
  expect(resultOf(status, body, false)).toEqual({ type })
  expect(resultOf(status, body, true)).toEqual({ type })
})

test.each([
  [422, 'content_policy_violation', 'content_policy_violation', false, true],
  [422, 'no_media_generated', 'no_media_generated', true, true],
  [400, 'downstream_service_error', 'downstream_error', true, false],
  [422, 'literal_error', 'invalid_input', false, true],
  [422, 'missing', 'invalid_input', false, true],
  [422, 'greater_than', 'invalid_input', false, true],
])('%i %s is %s', (status, type, code, retryable, billed) => {
  const failure = { code, message: 'it went wrong', retryable }
  expect(resultOf(status, modelError(type))).toMatchObject({ type: 'failure', billed, failure })
})

test('400 bad_request is invalid input', () => {
  const failure = { code: 'invalid_input', retryable: false }
  const refused = { type: 'failure', billed: false, failure }
  expect(resultOf(400, platformError('bad_request'))).toMatchObject(refused)
})

test.each([
  [500, 'internal_server_error', 'model_error', modelError],
  [504, 'generation_timeout', 'generation_timeout', modelError],
  [500, 'downstream_service_error', 'downstream_error', modelError],
  [500, 'downstream_service_unavailable', 'downstream_error', modelError],
  [504, 'request_timeout', 'start_timeout', platformError],
  [504, 'startup_timeout', 'platform_error', platformError],
  [503, 'runner_scheduling_failure', 'platform_error', platformError],
  [503, 'runner_connection_timeout', 'platform_error', platformError],
  [503, 'runner_disconnected', 'platform_error', platformError],
  [503, 'runner_connection_refused', 'platform_error', platformError],
  [503, 'runner_connection_error', 'platform_error', platformError],
  [502, 'runner_incomplete_response', 'platform_error', platformError],
  [500, 'runner_server_error', 'platform_error', platformError],
  [500, 'internal_error', 'platform_error', platformError],
])('%i %s is %s once the status says failed, and doubtful before', (status, type, code, error) => {
  const failure = { code, message: expect.any(String), retryable: true }
  const failed = { type: 'failure', billed: false, failure }
  expect(resultOf(status, error(type), true)).toEqual(failed)
  const doubtful = { type: 'doubtful_failure', failure: { code } }
  expect(resultOf(status, error(type), false)).toMatchObject(doubtful)
})

test('a header also marks a start timeout', () => {
  const header = { 'x-fal-request-timeout-type': 'user' }
  const seen = resultOf(504, platformError('startup_timeout'), true, header)
  expect(seen).toMatchObject({ failure: { code: 'start_timeout' } })
})

test('reports wrong fields one by one', () => {
  const detail = [
    { loc: ['body', 'duration'], msg: 'must be 5 or 10', type: 'literal_error' },
    { loc: ['body', 'seed', 0], msg: 'not an integer', type: 'int_parsing' },
  ]
  const fields = [
    { path: 'duration', message: 'must be 5 or 10' },
    { path: 'seed.0', message: 'not an integer' },
  ]
  const failure = { code: 'invalid_input', fields }
  expect(resultOf(422, { detail })).toMatchObject({ failure })
})

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'a type called %s is a type like any other',
  (type) => {
    const detail = [{ loc: [], msg: 'odd', type }]
    const failure = { code: 'model_error' }
    expect(resultOf(422, { detail })).toMatchObject({ failure })
  },
)

const UNMADE = { type: 'no_media_generated' }

test.each([
  ['nothing but a type', [UNMADE], UNMADE.type, UNMADE.type],
  ['null', [{ ...UNMADE, loc: null, msg: null }], UNMADE.type, UNMADE.type],
  ['wrong types', [{ ...UNMADE, loc: 'body', msg: { text: 'odd' } }], UNMADE.type, UNMADE.type],
  ['odd places', [{ ...UNMADE, loc: ['body', {}], msg: 7 }], UNMADE.type, UNMADE.type],
  ['only a message', 'The prompt is too long', 'model_error', 'The prompt is too long'],
])('a failure with %s in its details is read from what there is', (_, detail, code, message) => {
  const failure = { code, message, retryable: true }
  expect(resultOf(422, { detail })).toEqual({ type: 'failure', billed: true, failure })
})

test.each([
  [500, 'Internal Server Error'],
  [502, '<html>'],
  [400, { detail: 'bad' }],
])('%i %j is a doubtful failure if the status said that the job failed', (status, body) => {
  const doubtful = { type: 'doubtful_failure', failure: { code: 'model_error' } }
  expect(resultOf(status, body, true)).toMatchObject(doubtful)
})

test.each([
  ['OK', [null, undefined, {}, { video: {} }, 'text']],
  ['ERROR', [null, undefined, { video: FILE }, 'text', { detail: [] }]],
  // If the type is unknown, only the result says whether it was billed.
  ['ERROR', [modelError('something_new')]],
] as const)('a webhook %s with any of %j decides nothing', (status, payloads) => {
  const decided = payloads.filter((payload) => readHookPayload(status, payload) !== undefined)
  expect(decided).toEqual([])
})

const FLAGGED = 'content_policy_violation'
const TROUBLE = "fal's platform failed the job (runner_disconnected)"
const failed = (billed: boolean, code: string, message = 'it went wrong') => ({
  type: 'failure',
  billed,
  failure: { code, message, retryable: !billed },
})

test.each([
  ['OK', 'a video', { video: FILE }, OUTPUT],
  ['ERROR', 'a refusal', modelError(FLAGGED), failed(true, FLAGGED)],
  ['ERROR', 'a 5xx', modelError('internal_server_error'), failed(false, 'model_error')],
  [
    'ERROR',
    'trouble',
    platformError('runner_disconnected'),
    failed(false, 'platform_error', TROUBLE),
  ],
  ['ERROR', 'a cancel', platformError('client_cancelled'), { type: 'canceled' }],
] as const)('a webhook %s with %s is %o', (status, _, payload, read) => {
  expect(readHookPayload(status, payload)).toEqual(read)
})

test.each([
  [200, { status: 'CANCELLATION_REQUESTED' }, 'accepted'],
  [202, { status: 'CANCELLATION_REQUESTED' }, 'accepted'],
  [200, { status: 'OK' }, 'accepted'],
  [202, '', 'accepted'],
  [400, { status: 'ALREADY_COMPLETED' }, 'already_completed'],
  [400, { detail: 'bad' }, 'no_answer'],
  [400, 'ALREADY_COMPLETED', 'no_answer'],
  [404, { status: 'NOT_FOUND' }, 'not_found'],
  [302, '', 'no_answer'],
  [401, { detail: 'no' }, 'no_answer'],
  [500, { status: 'ALREADY_COMPLETED' }, 'no_answer'],
])('a cancel answered with %i %j is %s', (status, body, expected) => {
  expect(readCancel(answer(status, body))).toBe(expected)
})

test('silence is no answer', () => {
  expect(readStatus(undefined)).toEqual({ type: 'no_answer' })
  expect(readResult(undefined, true)).toEqual({ type: 'no_answer' })
  expect(readCancel(undefined)).toBe('no_answer')
})

test("cuts fal's texts to a length that can be stored", () => {
  const long = 'x'.repeat(900_000)
  const file = { ...FILE, content_type: long, file_name: long }
  const named = { sourceUrl: FILE.url, contentType: 'x'.repeat(255), fileName: 'x'.repeat(255) }
  const video = { ...named, fileSizeBytes: FILE.file_size }
  expect(readHookPayload('OK', { video: file })).toEqual({ type: 'output', video })
  expect(readResult(answer(200, { video: file }), false)).toEqual({ type: 'output', video })

  const logs = [{ message: long, level: long, timestamp: long }]
  const line = { message: 'x'.repeat(1000), level: 'x'.repeat(255), timestamp: 'x'.repeat(255) }
  const running = { type: 'running', logs: [line] }
  expect(readStatus(answer(202, { status: 'IN_PROGRESS', logs }))).toEqual(running)

  // A megabyte of them, the most that is read from an answer.
  const text = 'x'.repeat(5000)
  const detail = Array.from({ length: 100 }, () => ({ loc: ['body', text], msg: text, type: 'x' }))
  const refused = readResult(answer(422, { detail }), true)
  expect(JSON.stringify(refused).length).toBeLessThan(40_000)
})

const junk = fc.oneof(
  fc.constantFrom('IN_QUEUE', 'COMPLETED', FILE.url, '__proto__', 'constructor', 0, 1.5, null),
  fc.constantFrom([], {}, [[]], true, '', 'body', 1e308),
  fc.jsonValue({ maxDepth: 1 }),
)
/** fal's own field names, so that odd values get past the first check. */
const names = fc.oneof(
  fc.constantFrom('status', 'request_id', 'queue_position', 'logs', 'error_type', 'detail'),
  fc.constantFrom('loc', 'msg', 'type', 'video', 'url', 'file_size'),
)
const fields = (value: fc.Arbitrary<unknown>) => fc.dictionary(names, value, { maxKeys: 12 })
const body = fields(fc.oneof(junk, fields(junk), fc.array(fields(junk), { maxLength: 2 })))
/** An error in fal's own shape, except for the types inside. */
const detail = fc.record({ loc: junk, msg: junk, type: fc.string() }, { requiredKeys: ['type'] })
const error = fc.record({ detail: fc.array(detail, { minLength: 1, maxLength: 3 }) })
const payloads = fc.oneof(error, body, junk)
const texts = payloads.map((value) => JSON.stringify(value))
const headerNames = ['x-fal-request-id', 'x-fal-billable-units', 'x-fal-request-timeout-type']
const answers = fc.record({
  status: fc.oneof(fc.constantFrom(200, 400, 422, 500), fc.integer({ min: 100, max: 599 })),
  text: fc.oneof({ weight: 3, arbitrary: texts }, { weight: 1, arbitrary: fc.string() }),
  headers: fc
    .dictionary(fc.constantFrom(...headerNames), fc.stringMatching(/^[ -~]{0,20}$/))
    .map((headers) => new Headers(headers)),
})
/** Whether a failure, if there is one, has one of our codes and a text. */
const isSound = (seen: object): boolean =>
  !('failure' in seen) ||
  (FAILURE_CODES.some((code) => Object(seen.failure).code === code) &&
    typeof Object(seen.failure).message === 'string')

test('every reader makes something of any answer from fal, and never throws', () => {
  const run = fc.check(
    fc.property(answers, fc.boolean(), (given, saysFailed) => {
      const readings = [readSubmit(given), readStatus(given), readResult(given, saysFailed)]
      return [...readings, { type: readCancel(given) }].every(
        (seen) => isSound(seen) && structuredClone(seen).type === seen.type,
      )
    }),
    { numRuns: 1000 },
  )
  expect(run.counterexample).toBeNull()
})

test('the webhook reader makes something of any payload', () => {
  const run = fc.check(
    fc.property(fc.constantFrom('OK', 'ERROR'), payloads, (status, payload) =>
      isSound(structuredClone(readHookPayload(status, payload) ?? {})),
    ),
    { numRuns: 1000 },
  )
  expect(run.counterexample).toBeNull()
})
