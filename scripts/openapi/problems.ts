/** Problems as documents, and as a table. */
import { type Problem, type ProblemCode, PROBLEMS } from '../../src/contract/problem.ts'
import { meaningOf, PROBLEM_CODES } from '../docs/errors.ts'
import { EXAMPLE_ID } from './sample.ts'

/** What its document carries besides the common fields. */
const ALSO: Partial<Record<ProblemCode, Partial<Problem>>> = {
  over_budget: {
    cost: {
      needed_usd: 0.2,
      left_usd: 0.05,
      limit_usd: 10,
      limit: 'account_daily',
      resets_at: '2026-11-24T00:00:00.000Z',
    },
  },
  invalid_input: {
    errors: [
      { path: 'duration', message: 'must be 5 or 10 (seconds)' },
      { path: 'aspectRatio', message: 'is not a field of this request' },
    ],
  },
  input_refused: { errors: [{ path: 'prompt', message: 'is too long' }] },
}

/** A realistic problem document. */
export const exampleProblem = (code: ProblemCode): Problem => ({
  type: `/errors#${code}`,
  ...PROBLEMS[code],
  detail: meaningOf(code).detail,
  instance: '/v1/generations',
  code,
  request_id: '8f14e45f-ceea-467f-a83f-b2d0a1d5b1c0',
  ...(meaningOf(code).isOfGeneration ? { generation_id: EXAMPLE_ID } : {}),
  ...ALSO[code],
})

/** The whole table, for the introduction. */
export const problemTable = (): string =>
  [
    '| code | status | retryable | what it means |',
    '|---|---|---|---|',
    ...PROBLEM_CODES.map((code) => {
      const { status, retryable } = PROBLEMS[code]
      return `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${meaningOf(code).means} |`
    }),
  ].join('\n')
