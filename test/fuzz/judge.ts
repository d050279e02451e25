/** Finds what is wrong with an answer, whatever the request was. */
import { parseJson } from '../../src/adapters/body.ts'
import { problem, PROBLEMS } from '../../src/contract/problem.ts'
import type { FuzzRequest } from './requests.ts'

export interface FuzzAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Empty for a stream, which is not read to its end. */
  readonly text: string
}

/** Signs of an exception's text. The fuzzer never sends any of them. */
const EXCEPTION =
  /\b(Type|Syntax|Range|Reference|Internal)Error\b|SQLITE|node_modules|\bat \S+ \(|\.ts:\d+|Durable Object|is not a function|Cannot read/

/** fal's paths, where errors have fal's format. */
const FAL_PATH = /^\/(fal-ai|queue|fal)(\/|\?|$)/
/** The waiting path answers 500 for a generation that failed, as fal.run does. */
const DOCUMENTED_FAL_STATUSES = new Set([500, 502, 503, 504])

/** Complaints about an answer; empty if nothing is wrong. */
export const judge = (
  request: FuzzRequest,
  answer: FuzzAnswer,
  secrets: readonly string[],
): string[] => {
  const { status, headers, text } = answer
  const told = JSON.stringify(headers) + text
  const wrong: string[] = []
  const demand = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what)
  }
  demand(status >= 200 && status < 600, `status ${status}`)
  demand(/^[\w=-]{1,255}$/.test(headers['x-request-id'] ?? ''), 'no sound X-Request-Id')
  demand('content-security-policy' in headers, 'no Content-Security-Policy')
  demand(!('x-injected' in headers), 'a header was injected')
  demand(!EXCEPTION.test(told), 'an exception speaks')
  for (const secret of secrets) demand(!told.includes(secret), 'a secret is told')
  if (status < 400 || request.method === 'HEAD') return wrong
  const body = parseJson(text)
  return FAL_PATH.test(request.target)
    ? [...wrong, ...judgeFal(status, body)]
    : [...wrong, ...judgeProblem(answer, body)]
}

const judgeProblem = ({ status, headers }: FuzzAnswer, body: unknown): string[] => {
  const read = problem.safeParse(body)
  if (!read.success) return ['not a problem document']
  const { code, title, request_id } = read.data
  const wrong: string[] = []
  if (headers['content-type'] !== 'application/problem+json') wrong.push('not problem+json')
  if (code === 'internal_error') wrong.push('something broke')
  if (read.data.status !== status || PROBLEMS[code].status !== status) wrong.push('another status')
  if (PROBLEMS[code].title !== title) wrong.push('another title')
  if (request_id !== headers['x-request-id']) wrong.push('another request id')
  if (status === 429 && headers['retry-after'] === undefined) wrong.push('no Retry-After')
  if (status === 405 && headers['allow'] === undefined) wrong.push('no Allow')
  return wrong
}

const judgeFal = (status: number, body: unknown): string[] => {
  const wrong: string[] = []
  if (status >= 500 && !DOCUMENTED_FAL_STATUSES.has(status)) wrong.push(`status ${status}`)
  if (typeof body !== 'object' || body === null) return [...wrong, 'not an object']
  const speaks = 'detail' in body || 'status' in body
  if (!speaks) wrong.push('neither a detail nor a status')
  if ('detail' in body && body.detail === BROKE) wrong.push('something broke')
  return wrong
}

/** What the gateway says when it fails itself. */
const BROKE = 'something broke; the request id finds it in the logs'
