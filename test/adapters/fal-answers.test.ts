import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  readCancel,
  readHookPayload,
  readResult,
  readStatus,
  readSubmit,
} from '../../src/adapters/fal-answers.ts'
import type { Answer } from '../../src/adapters/fal-answers.ts'
import { FAILURE_CODES } from '../../src/contract/status.ts'

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
const VIDEO = {
  sourceUrl: FILE.url,
  contentType: 'video/mp4',
  fileName: 'boat.mp4',
  fileSizeBytes: 123_456,
}

/** fal's two shapes of an error. */
const modelError = (type: string, msg = 'it went wrong') => ({
  detail: [{ loc: ['body', 'prompt'], msg, type, url: `https://docs.fal.ai/errors#${type}` }],
})
const platformError = (error_type: string) => ({ detail: 'it went wrong', error_type })

describe('a status', () => {
  const line = { message: 'frame 1', level: 'INFO', source: 'USER', timestamp: '2026-10-23T12:00Z' }
  const read = (body: unknown, status = 202) => readStatus(answer(status, body))

  test.each([
    ['1200', 1200, 1200],
    ['0', 0, 0],
    ['missing', undefined, null],
    ['null', null, null],
    ['a text', '3', null],
    ['a fraction', 0.5, null],
  ])('in the queue with position %s', (_, queue_position, position) => {
    expect(read({ status: 'IN_QUEUE', queue_position })).toEqual({ type: 'in_queue', position })
  })

  test('running has the log so far', () => {
    expect(read({ status: 'IN_PROGRESS', logs: [line, { message: 'frame 2' }] })).toEqual({
      type: 'running',
      logs: [
        { message: 'frame 1', level: 'INFO', timestamp: '2026-10-23T12:00Z' },
        { message: 'frame 2', level: null, timestamp: null },
      ],
    })
  })

  test.each([[null], [undefined], ['text'], [[7]], [{}]])(
    'running is running though its logs are %j',
    (logs) => {
      expect(read({ status: 'IN_PROGRESS', logs })).toEqual({ type: 'running', logs: [] })
    },
  )

  test.each([
    [{ metrics: { inference_time: null } }, false],
    [{ error: null, error_type: null }, false],
    [{ error: 'flagged', error_type: 'content_policy_violation' }, true],
    [{ error: 'flagged' }, true],
    [{ error_type: 'runner_disconnected' }, true],
    [{ error: { detail: [] } }, true],
    [{ error: '' }, true],
  ])('completed with %j says that it failed: %s', (body, saysFailed) => {
    const complete = { type: 'complete', saysFailed, logs: [] }
    expect(read({ status: 'COMPLETED', ...body }, 200)).toEqual(complete)
  })

  test('404 is not found', () => {
    expect(read({ status: 'NOT_FOUND' }, 404)).toEqual({ type: 'not_found' })
    expect(read('<html>', 404)).toEqual({ type: 'not_found' })
  })

  test.each([
    ['an unknown status', { status: 'FAILED' }, 200],
    ['no status', {}, 200],
    ['no JSON', '<html>', 200],
    ['a redirect', { status: 'COMPLETED' }, 302],
    ['a bad key', { detail: 'no', status: 'COMPLETED' }, 401],
    ['too many looks', { status: 'IN_QUEUE' }, 429],
    ['trouble in front of fal', { status: 'COMPLETED' }, 502],
  ])('%s is no answer', (_, body, status) => {
    expect(read(body, status)).toEqual({ type: 'no_answer' })
  })
})

describe('a result with a video', () => {
  const read = (body: unknown, headers = {}) => readResult(answer(200, body, headers), false)

  test('is an output, even where a status had named an error', () => {
    for (const saysFailed of [false, true]) {
      const seen = readResult(answer(200, { video: FILE }), saysFailed)
      expect(seen).toEqual({ type: 'output', video: VIDEO })
    }
  })

  const nothingKnown = {
    type: 'output',
    video: { sourceUrl: FILE.url, contentType: null, fileName: null, fileSizeBytes: null },
  }
  test.each([
    ['null', { url: FILE.url, content_type: null, file_name: null, file_size: null }],
    ['missing', { url: FILE.url }],
    ['of other types', { url: FILE.url, content_type: 7, file_name: {}, file_size: 'big' }],
  ])('may have optional fields that are %s', (_, video) => {
    expect(read({ video })).toEqual(nothingKnown)
  })

  test.each<[string, object]>([
    ['0', { billableUnits: 0 }],
    ['1', { billableUnits: 1 }],
    ['2.5', { billableUnits: 2.5 }],
    ...['', ' ', 'many', '-1', 'NaN', 'Infinity', '1,5', '5 5'].map((odd): [string, object] => [
      odd,
      {},
    ]),
  ])('with %j units in its header was billed for %j', (header, billed) => {
    const seen = read({ video: FILE }, { 'x-fal-billable-units': header })
    expect(seen).toEqual({ type: 'output', video: VIDEO, ...billed })
  })

  test.each([
    ['no video', {}],
    ['an empty video', { video: {} }],
    ['a null video', { video: null }],
    ['a null URL', { video: { url: null } }],
    ['a URL that is no address', { video: { url: 'boat.mp4' } }],
    ['a URL that is not to be fetched', { video: { url: 'file:///etc/passwd' } }],
    ['a URL that runs', { video: { url: 'javascript:alert(1)' } }],
    ['a list', [{ video: FILE }]],
  ])('is one only with an address: %s is invalid_output, and paid', (_, body) => {
    expect(read(body)).toEqual({
      type: 'failure',
      billed: true,
      failure: { code: 'invalid_output', message: expect.any(String), retryable: true },
    })
  })
})

test.each([
  ['cut off', 200, '{"video": {"url": "https://v3.fal', 'no_answer'],
  ['empty', 200, '', 'no_answer'],
  ['a page', 200, '<html>', 'no_answer'],
  ['a text', 200, '"OK"', 'no_answer'],
  ['of a job that runs', 202, '{"status": "IN_PROGRESS"}', 'pending'],
  ['of a job in line', 200, '{"status": "IN_QUEUE"}', 'pending'],
  ['of nothing known', 202, '{}', 'pending'],
  ['refused without a type', 400, '{"detail": "Request is still in progress"}', 'pending'],
])('a result that is %s did not arrive whole, or not yet', (_, status, text, type) => {
  expect(readResult(answer(status, text), false)).toEqual({ type })
})

describe("a job's failure", () => {
  test.each([
    [422, 'content_policy_violation', 'content_policy_violation', false, true],
    [422, 'no_media_generated', 'no_media_generated', true, true],
    [400, 'downstream_service_error', 'downstream_error', true, false],
    [422, 'literal_error', 'invalid_input', false, true],
    [422, 'missing', 'invalid_input', false, true],
    [422, 'greater_than', 'invalid_input', false, true],
  ])('%i %s is %s', (status, type, code, retryable, billed) => {
    const failure = { code, message: 'it went wrong', retryable }
    const seen = readResult(answer(status, modelError(type)), false)
    expect(seen).toMatchObject({ type: 'failure', billed, failure })
  })

  test('400 bad_request is input that it cannot take', () => {
    const failure = { code: 'invalid_input', retryable: false }
    const seen = readResult(answer(400, platformError('bad_request')), false)
    expect(seen).toMatchObject({ type: 'failure', billed: false, failure })
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
  ])('%i %s is %s once the status said so, and doubtful before', (status, type, code, error) => {
    const given = answer(status, error(type))
    const failure = { code, message: expect.any(String), retryable: true }
    expect(readResult(given, true)).toEqual({ type: 'failure', billed: false, failure })
    expect(readResult(given, false)).toMatchObject({ type: 'doubtful_failure', failure: { code } })
  })

  test('a start time-out is told by its header too', () => {
    const header = { 'x-fal-request-timeout-type': 'user' }
    const given = answer(504, platformError('startup_timeout'), header)
    expect(readResult(given, true)).toMatchObject({ failure: { code: 'start_timeout' } })
  })

  test('wrong input is told field by field', () => {
    const detail = [
      { loc: ['body', 'duration'], msg: 'must be 5 or 10', type: 'literal_error' },
      { loc: ['body', 'seed', 0], msg: 'not an integer', type: 'int_parsing' },
    ]
    expect(readResult(answer(422, { detail }), false)).toMatchObject({
      failure: {
        code: 'invalid_input',
        fields: [
          { path: 'duration', message: 'must be 5 or 10' },
          { path: 'seed.0', message: 'not an integer' },
        ],
      },
    })
  })

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'a type called %s is a type like any other',
    (type) => {
      const detail = [{ loc: [], msg: 'odd', type }]
      expect(readResult(answer(422, { detail }), false)).toMatchObject({
        failure: { code: 'model_error' },
      })
    },
  )

  test.each([
    ['nothing but a type', {}],
    ['null', { loc: null, msg: null }],
    ['other types', { loc: 'body', msg: { text: 'odd' } }],
    ['places that are no names', { loc: ['body', {}], msg: 7 }],
  ])('with %s in its details is known by its type alone', (_, odd) => {
    const detail = [{ ...odd, type: 'no_media_generated' }]
    expect(readResult(answer(422, { detail }), false)).toEqual({
      type: 'failure',
      billed: true,
      failure: { code: 'no_media_generated', message: 'no_media_generated', retryable: true },
    })
  })

  test('a 422 with a message in place of the details is one too', () => {
    expect(readResult(answer(422, { detail: 'The prompt is too long' }), false)).toEqual({
      type: 'failure',
      billed: true,
      failure: { code: 'model_error', message: 'The prompt is too long', retryable: true },
    })
  })

  test.each([
    [500, 'Internal Server Error'],
    [502, '<html>'],
    [400, { detail: 'bad' }],
  ])('%i %j is doubtful where the status said that it failed', (status, body) => {
    expect(readResult(answer(status, body), true)).toMatchObject({
      type: 'doubtful_failure',
      failure: { code: 'model_error' },
    })
  })
})

describe('a result that is no verdict', () => {
  test.each([
    ['499 client_cancelled', 499, platformError('client_cancelled')],
    ['499 client_disconnected', 499, platformError('client_disconnected')],
    ['499 alone', 499, ''],
    ['client_cancelled under another status', 500, platformError('client_cancelled')],
  ])('%s is canceled', (_, status, body) => {
    expect(readResult(answer(status, body), false)).toEqual({ type: 'canceled' })
    expect(readResult(answer(status, body), true)).toEqual({ type: 'canceled' })
  })

  test('404 is not found', () => {
    expect(readResult(answer(404, { status: 'NOT_FOUND' }), true)).toEqual({ type: 'not_found' })
  })

  test.each([
    ['trouble in front of fal', 502, '<html>'],
    ['trouble in front of fal, in JSON', 503, { detail: 'Service Unavailable' }],
    ['a redirect', 302, ''],
    ['a bad key', 401, { detail: 'no' }],
    ['a bad key with a type', 401, platformError('unauthorized')],
    ['a locked account', 403, platformError('user_locked')],
    ['too many looks', 429, platformError('rate_limited')],
    ['an odd status', 402, modelError('payment_required')],
  ])('%s is no answer', (_, status, body) => {
    expect(readResult(answer(status, body), false)).toEqual({ type: 'no_answer' })
  })
})

describe('a webhook', () => {
  const unbilled = (code: string) => ({
    type: 'failure',
    billed: false,
    failure: expect.objectContaining({ code }),
  })

  test.each([
    ['OK', [null, undefined, {}, { video: {} }, 'text']],
    ['ERROR', [null, undefined, { video: FILE }, 'text', { detail: [] }]],
    // Of an unknown type, the result is asked whether it was billed.
    ['ERROR', [modelError('something_new')]],
  ] as const)('%s with any of %j decides nothing', (status, payloads) => {
    const decided = payloads.filter((payload) => readHookPayload(status, payload) !== undefined)
    expect(decided).toEqual([])
  })

  const flagged = { code: 'content_policy_violation', message: 'it went wrong', retryable: false }
  const billed = { type: 'failure', billed: true, failure: flagged }

  test.each([
    ['OK', 'a video', { video: FILE }, { type: 'output', video: VIDEO }],
    ['ERROR', 'a refusal', modelError(flagged.code), billed],
    ['ERROR', 'a 5xx', modelError('internal_server_error'), unbilled('model_error')],
    ['ERROR', 'trouble', platformError('runner_disconnected'), unbilled('platform_error')],
    ['ERROR', 'a cancel', platformError('client_cancelled'), { type: 'canceled' }],
  ] as const)('%s with %s is %o', (status, _, payload, read) => {
    expect(readHookPayload(status, payload)).toEqual(read)
  })
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
])("a cancel's %i %j is %s", (status, body, expected) => {
  expect(readCancel(answer(status, body))).toBe(expected)
})

test('silence is no answer', () => {
  expect(readStatus(undefined)).toEqual({ type: 'no_answer' })
  expect(readResult(undefined, true)).toEqual({ type: 'no_answer' })
  expect(readCancel(undefined)).toBe('no_answer')
})

test('what fal names is cut to a length that can be kept', () => {
  const long = 'x'.repeat(900_000)
  const file = { ...FILE, content_type: long, file_name: long }
  const named = { sourceUrl: FILE.url, contentType: 'x'.repeat(255), fileName: 'x'.repeat(255) }
  const video = { ...named, fileSizeBytes: FILE.file_size }
  expect(readHookPayload('OK', { video: file })).toEqual({ type: 'output', video })
  expect(readResult(answer(200, { video: file }), false)).toEqual({ type: 'output', video })

  const logs = [{ message: long, level: long, timestamp: long }]
  const line = {
    message: 'x'.repeat(1000),
    level: 'x'.repeat(255),
    timestamp: 'x'.repeat(255),
  }
  const running = { type: 'running', logs: [line] }
  expect(readStatus(answer(202, { status: 'IN_PROGRESS', logs }))).toEqual(running)

  // A megabyte of them, which is all that is read of an answer.
  const text = 'x'.repeat(5000)
  const detail = Array.from({ length: 100 }, () => ({ loc: ['body', text], msg: text, type: 'x' }))
  const refused = readResult(answer(422, { detail }), true)
  expect(JSON.stringify(refused).length).toBeLessThan(40_000)
})

describe('whatever fal answers', () => {
  const junk = fc.oneof(
    fc.constantFrom('IN_QUEUE', 'COMPLETED', FILE.url, '__proto__', 'constructor', 0, 1.5, null),
    fc.constantFrom([], {}, [[]], true, '', 'body', 1e308),
    fc.jsonValue({ maxDepth: 1 }),
  )
  /** fal's own field names, so that odd values reach beyond the first check. */
  const fields = (value: fc.Arbitrary<unknown>) =>
    fc.record(
      {
        status: value,
        request_id: value,
        queue_position: value,
        logs: value,
        error_type: value,
        detail: value,
        loc: value,
        msg: value,
        type: value,
        video: value,
        url: value,
        file_size: value,
      },
      { requiredKeys: [] },
    )
  const body = fields(fc.oneof(junk, fields(junk), fc.array(fields(junk), { maxLength: 2 })))
  /** An error in fal's own shape, but for the types within it. */
  const detail = fc.record({ loc: junk, msg: junk, type: fc.string() }, { requiredKeys: ['type'] })
  const error = fc.record({ detail: fc.array(detail, { minLength: 1, maxLength: 3 }) })
  const text = fc.oneof(
    error.map((value) => JSON.stringify(value)),
    body.map((value) => JSON.stringify(value)),
    junk.map((value) => JSON.stringify(value)),
    fc.string(),
  )
  const answers = fc.record({
    status: fc.oneof(fc.constantFrom(200, 400, 422, 500), fc.integer({ min: 100, max: 599 })),
    text,
    headers: fc
      .dictionary(
        fc.constantFrom('x-fal-request-id', 'x-fal-billable-units', 'x-fal-request-timeout-type'),
        fc.stringMatching(/^[ -~]{0,20}$/),
      )
      .map((headers) => new Headers(headers)),
  })
  /** A failure is one of ours, in plain types, whatever it was read from. */
  const isSound = (seen: object): boolean =>
    !('failure' in seen) ||
    (FAILURE_CODES.some((code) => Object(seen.failure).code === code) &&
      typeof Object(seen.failure).message === 'string')

  test('every reader understands it as something, and throws nothing', () => {
    const run = fc.check(
      fc.property(answers, fc.boolean(), (given, saysFailed) => {
        const readings = [
          readSubmit(given),
          readStatus(given),
          readResult(given, saysFailed),
          { type: readCancel(given) },
        ]
        return readings.every((seen) => isSound(seen) && structuredClone(seen).type === seen.type)
      }),
      { numRuns: 1000 },
    )
    expect(run.counterexample).toBeNull()
  })

  test("so is every webhook's payload", () => {
    const run = fc.check(
      fc.property(
        fc.constantFrom('OK' as const, 'ERROR' as const),
        fc.oneof(error, body, junk),
        (status, payload) => {
          const seen = readHookPayload(status, payload) ?? {}
          return isSound(structuredClone(seen))
        },
      ),
      { numRuns: 1000 },
    )
    expect(run.counterexample).toBeNull()
  })
})
