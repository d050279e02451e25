/** Refusals as answers, one for each set of codes that an operation can answer with a status. */
import { type ProblemCode, PROBLEMS } from '../../src/contract/problem.ts'
import { headerRefs } from './parameters.ts'
import { REFUSED_BY_FAL } from './problem-sets.ts'
import { exampleProblem, meaningOf } from './problems.ts'
import { schemaRef } from './schemas.ts'
import type { Schema } from './types.ts'

const pascal = (code: string): string =>
  code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** `NotFound`, `InvalidInputOrInputRefused`. */
export const responseName = (codes: readonly ProblemCode[]): string => codes.map(pascal).join('Or')

/** What these carry besides what every answer does. */
const HEADERS_OF: Readonly<Record<number, string>> = {
  401: 'WWW-Authenticate',
  429: 'Retry-After',
  503: 'Retry-After',
}

export const problemResponse = (codes: readonly ProblemCode[]): Schema => {
  const status = codes[0] === undefined ? 0 : PROBLEMS[codes[0]].status
  const extra = HEADERS_OF[status]
  const names = extra === undefined ? ['X-Request-Id'] : ['X-Request-Id', extra]
  if (codes.some((code) => REFUSED_BY_FAL.includes(code))) {
    names.push('X-Fal-Request-Id', 'Idempotent-Replayed', 'Preference-Applied')
  }
  return {
    description: codes.map((code) => `\`${code}\`: ${meaningOf(code).means}`).join('\n\n'),
    headers: headerRefs(names),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            schemaRef('Problem'),
            {
              type: 'object',
              properties: { status: { const: status }, code: { enum: codes } },
            },
          ],
        },
        examples: Object.fromEntries(
          codes.map((code) => [
            code,
            { summary: PROBLEMS[code].title, value: exampleProblem(code) },
          ]),
        ),
      },
    },
  }
}
