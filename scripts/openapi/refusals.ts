/** Refusals as answers, one for each set of codes that an operation can answer with a status. */
import { type ProblemCode, PROBLEMS } from '../../src/contract/problem.ts'
import { meaningOf } from '../docs/errors.ts'
import { readProblems } from './operations.ts'
import { exampleProblem } from './problems.ts'
import { schemaRef } from './schemas.ts'
import type { Answer } from './types.ts'

type Codes = readonly ProblemCode[]

const pascal = (code: string): string =>
  code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** `NotFound`, `InvalidInputOrInputRefused`. */
export const responseName = (codes: Codes): string => codes.map(pascal).join('Or')

const statusOf = ([first]: Codes): number => (first === undefined ? 0 : PROBLEMS[first].status)

/** What these carry besides what every answer does. */
const HEADERS_OF: Readonly<Record<number, string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

export const refusal = (codes: Codes): Answer => {
  const status = statusOf(codes)
  const properties = { status: { const: status }, code: { enum: codes } }
  // These are about a generation that was created, and carry its headers.
  const isOfFal = readProblems('{refused_by_fal}').some((code) => codes.includes(code))
  return {
    status,
    description: codes.map((code) => `\`${code}\`: ${meaningOf(code).means}`).join('\n\n'),
    headers: [
      ...(HEADERS_OF[status] ?? []),
      ...(isOfFal ? ['X-Fal-Request-Id', 'Idempotent-Replayed', 'Preference-Applied'] : []),
    ],
    content: {
      'application/problem+json': {
        schema: { allOf: [schemaRef('Problem'), { type: 'object', properties }] },
        examples: Object.fromEntries(codes.map((code) => [code, exampleProblem(code)])),
      },
    },
  }
}

/** The same refusal in fal's shape. */
export const falRefusal = (codes: Codes): Answer => {
  const status = statusOf(codes)
  return {
    status,
    description: codes.map((code) => `${PROBLEMS[code].title}.`).join(' '),
    headers: status === 503 ? [] : (HEADERS_OF[status] ?? []),
    content: { 'application/json': { schema: 'FalError' } },
  }
}
