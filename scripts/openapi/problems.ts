/** What each problem code means to whoever gets it: `problems.md`, as data. */
import { readFileSync } from 'node:fs'
import { type ProblemCode, PROBLEMS } from '../../src/contract/problem.ts'
import type { Problem } from '../../src/contract/problem-document.ts'
import { EXAMPLE_ID } from './examples.ts'

const TABLE = readFileSync(new URL('problems.md', import.meta.url), 'utf8')
const ROWS = new Map(
  [...TABLE.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
    ([, code = '', means = '', detail = '']) => [code, { means, detail }],
  ),
)

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[]

export const rowOf = (code: ProblemCode) => {
  const row = ROWS.get(code)
  if (row === undefined) throw new Error(`problems.md does not say what ${code} means`)
  return row
}

const NAMES_A_GENERATION: ReadonlySet<ProblemCode> = new Set([
  'already_final',
  'still_open',
  'not_retryable',
  'outcome_unknown',
  'not_resolvable',
  'not_deletable',
  'generation_deleted',
  'no_video',
  'idempotency_key_reused',
  'input_refused',
  'fal_refused',
  'fal_unavailable',
  'fal_account_locked',
  'fal_queue_full',
  'unavailable',
])

/** What such a document carries beside what all of them do. */
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

/** A problem document as it would come. */
export const exampleProblem = (code: ProblemCode): Problem => ({
  type: `/errors#${code}`,
  title: PROBLEMS[code].title,
  status: PROBLEMS[code].status,
  detail: rowOf(code).detail,
  instance: '/v1/generations',
  code,
  request_id: '8f14e45f-ceea-467f-a83f-b2d0a1d5b1c0',
  retryable: PROBLEMS[code].retryable,
  ...(NAMES_A_GENERATION.has(code) ? { generation_id: EXAMPLE_ID } : {}),
  ...ALSO[code],
})

/** The whole table, for the introduction. */
export const problemTable = (): string =>
  [
    '| code | status | retryable | what it means |',
    '|---|---|---|---|',
    ...PROBLEM_CODES.map((code) => {
      const { status, retryable } = PROBLEMS[code]
      return `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${rowOf(code).means} |`
    }),
  ].join('\n')
