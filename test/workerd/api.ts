/** The Worker through its own door, for the tests in workerd. */
import { env, exports } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { expect } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { type Problem, problem } from '../../src/contract/problem-document.ts'
import { PROBLEMS } from '../../src/contract/problem.ts'
import { phaseOf } from '../../src/domain/generation/transition.ts'
import { described } from './described.ts'
import { readGenerations } from './ledger.ts'
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

export const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** Creates a generation that must be admitted, and answers it. */
export const create = async (
  input: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Generation> => {
  const response = await post('/v1/generations', { prompt: PROMPT, ...input }, headers)
  if (!response.ok) throw new Error(`not admitted: ${response.status} ${await response.text()}`)
  return response.json()
}

export const read = async (id: string): Promise<Generation> =>
  (await call(`/v1/generations/${id}`)).json()

/** A refusal, which must be a sound problem document that agrees with the table of codes. */
export const readProblem = async (response: Response): Promise<Problem> => {
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

/** Reads it until it has come to that: a read waits for fal for a second, and fal may take longer. */
export const readUntil = (id: string, status: Generation['status']): Promise<Generation> =>
  eventually(async () => {
    const generation = await read(id)
    return generation.status === status && generation
  })

/** Waits until the account has sent all that was admitted, and has had every answer. */
export const allSent = (id = 'default'): Promise<boolean> =>
  eventually(() =>
    runInDurableObject(accountStub(id), (_, { storage }) =>
      readGenerations(storage).every((one) => !['unsent', 'sent'].includes(phaseOf(one))),
    ),
  )

/** The account's object, for what no caller can do to it: alarms, evictions, crashes. */
export const accountStub = (id = 'default') => env.ACCOUNTS.getByName(id)
