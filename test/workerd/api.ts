/** Calls the Worker over its HTTP API, for the tests in workerd. */
import { env, exports } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { GenerationEvent } from '../../src/contract/events.ts'
import type { CreatedGeneration, Generation } from '../../src/contract/generation.ts'
import { problem, type Problem, PROBLEMS } from '../../src/contract/problem.ts'
import type { UsageView } from '../../src/contract/usage.ts'
import { described } from './described.ts'
import { eventually } from './wait.ts'

export const ORIGIN = 'https://gateway.test'
export const AUTHORIZATION = { authorization: `Bearer ${env.ADMIN_KEY}` }

/** The documented prompt; each test may vary one thing of the input around it. */
export const PROMPT = 'Sunlight on a slow river'

/** The address this test calls from, so that tests do not share one limit on guessed keys. */
let address = ''
export const comeFrom = (given: string): void => {
  address = given
}

/** Sends a request to the Worker, and checks the answer against the OpenAPI description. */
export const send = async (request: Request): Promise<Response> => {
  if (!request.headers.has('cf-connecting-ip')) request.headers.set('cf-connecting-ip', address)
  return described(request, await exports.default.fetch(request))
}

type HeaderFields = Record<string, string>

/** An HTTP client that sends `token`: an API key, a client secret or neither. */
export const holderOf = (token: string) => {
  const call = (path: string, init: RequestInit = {}): Promise<Response> => {
    const given = Object.fromEntries(new Headers(init.headers))
    const headers = { authorization: `Bearer ${token}`, ...given }
    return send(new Request(ORIGIN + path, { ...init, headers }))
  }
  const sendJson = (method: string, path: string, body: unknown, headers: HeaderFields = {}) =>
    call(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  /** Asks for a video. */
  const ask = (input: object = {}, headers: HeaderFields = {}) =>
    sendJson('POST', '/v1/generations', { prompt: PROMPT, ...input }, headers)
  return {
    call,
    ask,
    /** Asks with a JSON body. */
    send: sendJson,
    post: (path: string, body: unknown, headers?: HeaderFields) =>
      sendJson('POST', path, body, headers),
    put: (path: string, body: unknown) => sendJson('PUT', path, body),
    patch: (path: string, body: unknown) => sendJson('PATCH', path, body),
    remove: (path: string) => call(path, { method: 'DELETE' }),
    /** What a path answers, as JSON. */
    get: async <T>(path: string, headers: HeaderFields = {}): Promise<T> =>
      (await call(path, { headers: { accept: 'application/json', ...headers } })).json<T>(),
    /** Asks for a video, which must be admitted, and returns the generation. */
    create: async (input: object = {}, headers: HeaderFields = {}): Promise<CreatedGeneration> => {
      const response = await ask(input, headers)
      if (!response.ok) throw new Error(`not admitted: ${response.status} ${await response.text()}`)
      return response.json()
    },
  }
}
export type Caller = ReturnType<typeof holderOf>

/** Calls with the gateway's own key, as most tests do. */
export const { ask, call, post, put, patch, remove, get, create } = holderOf(env.ADMIN_KEY)

export const read = (id: string): Promise<Generation> => get(`/v1/generations/${id}`)

/** One page of a list. */
export interface Page<Entry> {
  readonly data: readonly Entry[]
  readonly has_more: boolean
  readonly next_cursor: string | null
}

/** The newest generations. Unlike reading one, listing them does not make the account ask fal. */
export const list = async (query = 'limit=100'): Promise<Generation[]> =>
  (await get<{ data: Generation[] }>(`/v1/generations?${query}`)).data

/** The types of a generation's events so far, without the prefix `generation.`. */
export const eventTypes = async (id: string): Promise<string[]> => {
  const { data } = await get<{ data: GenerationEvent[] }>(`/v1/generations/${id}/events`)
  return data.map(({ type }) => type.replace('generation.', ''))
}

export const usage = (query = ''): Promise<UsageView> => get(`/v1/usage${query}`)

export const cancel = (id: string): Promise<Response> =>
  call(`/v1/generations/${id}/cancel`, { method: 'POST' })
export const retry = (id: string, body: unknown = {}, headers = {}): Promise<Response> =>
  post(`/v1/generations/${id}/retry`, body, headers)
export const removeGeneration = (id: string): Promise<Response> => remove(`/v1/generations/${id}`)
export const resolve = (id: string, word: unknown): Promise<Response> =>
  post(`/v1/generations/${id}/resolve`, word)

/** Reads a refusal: it must be a valid problem document that agrees with the table of codes. */
export const readProblem = async (answer: Response | Promise<Response>): Promise<Problem> => {
  const response = await answer
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const read = problem.parse(await response.json())
  const { title, status } = PROBLEMS[read.code]
  expect(response.status).toBe(status)
  expect(read).toMatchObject({ title, status, request_id: response.headers.get('x-request-id') })
  return read
}

export const codeOf = async (answer: Response | Promise<Response>): Promise<Problem['code']> =>
  (await readProblem(answer)).code

/** The id of the generation whose admission was refused. */
export const refusedId = async (answer: Promise<Response>): Promise<string> =>
  (await readProblem(answer)).generation_id ?? ''

/** The distinct codes with which these calls are refused. */
export const codesOf = async (
  answers: readonly Promise<Response>[],
): Promise<Problem['code'][]> => [...new Set(await Promise.all(answers.map(codeOf)))]

/** A whole answer: its status, location and body, and whether it replays an earlier one. */
export const told = async (answer: Response | Promise<Response>) => {
  const response = await answer
  const { status, headers } = response
  const replayed = headers.get('idempotent-replayed') === 'true'
  const body = await response.json<{ readonly id: string }>()
  return { status, replayed, location: headers.get('location'), body }
}

/** Reads until `isSo` holds: one read waits a second for fal, which may take longer. */
export const readWhen = (id: string, isSo: (generation: Generation) => boolean) =>
  eventually(async () => {
    const generation = await read(id)
    return isSo(generation) && generation
  })
export const readUntil = (id: string, wanted: Generation['status']): Promise<Generation> =>
  readWhen(id, ({ status }) => status === wanted)
