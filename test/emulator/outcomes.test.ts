import { describe, expect, test } from 'vitest'
import { answer, benchWithJob } from './harness.ts'

const MODEL_ERRORS = [
  ['content_policy', 422, 'content_policy_violation'],
  ['no_media', 422, 'no_media_generated'],
  ['model_500', 500, 'internal_server_error'],
  ['generation_timeout', 504, 'generation_timeout'],
  ['downstream_error', 400, 'downstream_service_error'],
  ['downstream_unavailable', 500, 'downstream_service_unavailable'],
] as const
const PLATFORM_ERRORS = [
  ['request_timeout', 504],
  ['startup_timeout', 504],
  ['runner_scheduling_failure', 503],
  ['runner_connection_timeout', 503],
  ['runner_disconnected', 503],
  ['runner_connection_refused', 503],
  ['runner_connection_error', 503],
  ['runner_incomplete_response', 502],
  ['runner_server_error', 500],
  ['client_disconnected', 499],
  ['client_cancelled', 499],
  ['bad_request', 400],
  ['internal_error', 500],
] as const

/** Runs a prompt to its end, and returns what status, result and webhook then say. */
async function finish(prompt: string, input: object = {}) {
  const { bench, id } = await benchWithJob(prompt, input)
  await bench.advance(11_000)
  const [hook] = bench.hooks
  const [job] = bench.emulator.jobs()
  const hookBody: unknown = await hook?.json()
  return { id, job, hookBody, status: await bench.status(id), result: await bench.result(id) }
}

describe('a job that fails', () => {
  test.each(MODEL_ERRORS)('%s completes, and its result is %i %s', async (name, code, type) => {
    const { status, result, hookBody, job } = await finish(`A [emulator: outcome=${name}]`)
    const completed = { status: 'COMPLETED', error: expect.any(String), error_type: type }
    expect(status).toMatchObject({ status: 200, body: completed })
    const headers = { 'x-fal-error-type': type, 'x-fal-retryable': `${code >= 500}` }
    const body = { detail: [{ loc: ['body', 'prompt'], type }] }
    expect(result).toMatchObject({ status: code, headers, body })
    const error = `Invalid status code: ${code}`
    expect(hookBody).toMatchObject({ status: 'ERROR', error, payload: result.body })
    expect(job).toMatchObject({ final: 'failed', billed: false })
  })

  test.each(PLATFORM_ERRORS)('%s completes, and its result is %i', async (name, code) => {
    const { status, result } = await finish(`A [emulator: outcome=${name}]`)
    expect(status.body).toMatchObject({ status: 'COMPLETED', error_type: name })
    const body = { detail: expect.any(String), error_type: name }
    expect(result).toEqual(answer(code, body, { 'x-fal-error-type': name }))
  })

  test('silent_422 shows only in the result', async () => {
    const { status, result } = await finish('A [emulator: outcome=silent_422]')
    expect(status.body).toMatchObject({ status: 'COMPLETED' })
    expect(status.body).not.toHaveProperty('error')
    expect(status.body).not.toHaveProperty('error_type')
    expect(result.status).toBe(422)
  })

  test('may still be billed', async () => {
    const { job } = await finish('A [emulator: outcome=content_policy billed=true]')
    expect(job).toMatchObject({ final: 'failed', billed: true })
  })

  test.each([
    [{ prompt: undefined }, 'prompt', 'missing'],
    [{ prompt: 5 }, 'prompt', 'string_type'],
    [{ duration: 7 }, 'duration', 'literal_error'],
    [{ resolution: '480p' }, 'resolution', 'literal_error'],
    [{ aspect_ratio: '21:9' }, 'aspect_ratio', 'literal_error'],
    [{ seed: 1.5 }, 'seed', 'int_type'],
  ])('rejects the input %o only when it ends', async (input, name, type) => {
    const { result } = await finish('A paper boat', input)
    const body = { detail: [{ loc: ['body', name], type }] }
    expect(result).toMatchObject({ status: 422, body })
  })

  test('accepts the duration as a number and as text', async () => {
    for (const duration of [5, 10, '5', '10']) {
      expect((await finish('A paper boat', { duration })).result.status).toBe(200)
    }
  })
})

describe('a job that ends with 200', () => {
  test('no_video has no URL in its output, and null_fields has only a URL', async () => {
    const { result } = await finish('A [emulator: outcome=no_video]')
    expect(result).toEqual(answer(200, { video: {} }))
    const bare = await finish('A [emulator: outcome=null_fields]')
    const url = `https://queue.fal.run/files/${bare.id}/output.mp4`
    const video = { url, content_type: null, file_name: null, file_size: null }
    expect(bare.result.body).toEqual({ video })
  })

  test('unserialisable has an empty webhook and a valid result', async () => {
    const { hookBody, result } = await finish('A [emulator: outcome=unserialisable]')
    const payload_error = expect.any(String)
    expect(hookBody).toMatchObject({ status: 'OK', payload: null, payload_error })
    const url = expect.stringMatching(/output\.mp4$/)
    expect(result.body).toMatchObject({ video: { url } })
  })
})
