/** The Worker through its own door, for the tests in workerd. */
import { env, exports } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { GenerationEvent } from '../../src/contract/events.ts'
import type { Generation } from '../../src/contract/generation.ts'
import { type Problem, problem } from '../../src/contract/problem-document.ts'
import { PROBLEMS } from '../../src/contract/problem.ts'
import type { UsageView } from '../../src/contract/usage.ts'
import { described } from './described.ts'
import { eventually } from './wait.ts'

export const ORIGIN = 'https://gateway.test'
export const AUTHORIZATION = { authorization: `Bearer ${env.ADMIN_KEY}` }

/** The documented input, which every test may vary in one thing. */
export const PROMPT = 'Sunlight on a slow river'

/** Where the calls of this test come from, so that the limit on guessing is not everyone's. */
let address = ''
export const comeFrom = (given: string): void => {
  address = given
}

/** Sends a request to the Worker, whose answer must be one that the description knows. */
export const send = async (request: Request): Promise<Response> => {
  if (!request.headers.has('cf-connecting-ip')) request.headers.set('cf-connecting-ip', address)
  return described(request, await exports.default.fetch(request))
}

/** Calls the Worker as any HTTP client would. */
export const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  send(
    new Request(ORIGIN + path, {
      ...init,
      headers: { ...AUTHORIZATION, ...Object.fromEntries(new Headers(init.headers)) },
    }),
  )

/** Calls it with a JSON body. */
const callWith =
  (method: string) =>
  (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    call(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
export const post = callWith('POST')
export const put = callWith('PUT')
export const patch = callWith('PATCH')
export const remove = (path: string): Promise<Response> => call(path, { method: 'DELETE' })

/** What a path answers, as JSON. */
export const get = async <T>(path: string, headers: Record<string, string> = {}): Promise<T> =>
  (await call(path, { headers: { accept: 'application/json', ...headers } })).json<T>()

/** Creates a generation that must be admitted, and answers it. */
export const create = async (
  input: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Generation> => {
  const response = await post('/v1/generations', { prompt: PROMPT, ...input }, headers)
  if (!response.ok) throw new Error(`not admitted: ${response.status} ${await response.text()}`)
  return response.json()
}

export const read = (id: string): Promise<Generation> => get(`/v1/generations/${id}`)

/** The newest generations; to read one makes the account look at fal, and this does not. */
export const list = async (query = 'limit=100'): Promise<Generation[]> =>
  (await get<{ data: Generation[] }>(`/v1/generations?${query}`)).data

/** What a generation has told so far, without the word that all of it begins with. */
export const eventTypes = async (id: string): Promise<string[]> => {
  const { data } = await get<{ data: GenerationEvent[] }>(`/v1/generations/${id}/events`)
  return data.map(({ type }) => type.replace('generation.', ''))
}

export const usage = (query = ''): Promise<UsageView> => get(`/v1/usage${query}`)

export const cancel = (id: string): Promise<Response> =>
  call(`/v1/generations/${id}/cancel`, { method: 'POST' })
export const retry = (id: string, body: unknown = {}, headers = {}): Promise<Response> =>
  post(`/v1/generations/${id}/retry`, body, headers)
export const resolve = (id: string, word: unknown): Promise<Response> =>
  post(`/v1/generations/${id}/resolve`, word)

/** A refusal, which must be a sound problem document that agrees with the table of codes. */
export const readProblem = async (answer: Response | Promise<Response>): Promise<Problem> => {
  const response = await answer
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const read = problem.parse(await response.json())
  expect(read.status).toBe(response.status)
  expect(read).toMatchObject({
    title: PROBLEMS[read.code].title,
    status: PROBLEMS[read.code].status,
    request_id: response.headers.get('x-request-id'),
  })
  return read
}

export const codeOf = async (answer: Response | Promise<Response>): Promise<Problem['code']> =>
  (await readProblem(answer)).code

/** Reads it until it has come to that: a read waits for fal for a second, and fal may take longer. */
export const readUntil = (id: string, status: Generation['status']): Promise<Generation> =>
  eventually(async () => {
    const generation = await read(id)
    return generation.status === status && generation
  })
