/** Every operation of the gateway, in the order of the reference: `operations.md`, as data. */
import type { ProblemCode } from '../../src/contract/problem.ts'
import { usageQuery } from '../../src/routes/accounts.ts'
import { eventsQuery } from '../../src/routes/events.ts'
import { listQuery } from '../../src/routes/generations.ts'
import { runsQuery, schedulesQuery } from '../../src/routes/schedules.ts'
import { deliveriesQuery } from '../../src/routes/webhooks.ts'
import { readSections } from '../docs/read-tables.ts'
import { ALL, type ComponentName } from './components.ts'
import { PROBLEM_CODES } from '../docs/errors.ts'
import { examplesOf, streamOf } from './examples.ts'
import { PARAMETERS } from './parameters.ts'
import { schemaRef } from './schemas.ts'
import type { Answer, Content, Query } from './types.ts'

const QUERIES: Readonly<Record<string, Query>> = {
  deliveriesQuery,
  eventsQuery,
  listQuery,
  runsQuery,
  schedulesQuery,
  usageQuery,
}
const [shared, sets, ...sections] = readSections(new URL('operations.md', import.meta.url))

export const TAGS = sections.map(({ title, text }) => ({ name: title, description: text }))

/** The cells that `{name}` stands for. */
const ANSWERS = new Map([
  ...(shared?.rows ?? []).map(([name, answers]) => [name, answers] as const),
  ...sections.flatMap(({ rows }) => rows.map(([, id, , , answers]) => [id, answers] as const)),
])

const isComponent = (name: string): name is ComponentName => name in ALL
const isProblem = (name: string): name is ProblemCode => PROBLEM_CODES.some((code) => code === name)
const listed = (cell: string): string[] => cell.split(', ').filter((name) => name !== '')

const ANSWER = /^(\d{3})(?: ([\w/ -]+?))?(?: \[(.+?)\])?(?: \+ ([\w, -]+))?(?:: (.+))?$/

const readAnswers = (cell: string): Answer[] =>
  cell.split('<br>').flatMap((text) => {
    const name = /^\{(\w+)\}$/.exec(text)?.[1]
    if (name !== undefined) return readAnswers(ANSWERS.get(name) ?? '')
    const [whole, status, body, examples, headers = '', description] = ANSWER.exec(text) ?? []
    if (whole === undefined) throw new Error(`not an answer: ${text}`)
    return {
      status: Number(status),
      description: description ?? 'Your version is current.',
      headers: listed(headers),
      ...(body !== undefined && { content: contentOf(body, examples?.split('; ')) }),
    }
  })

const contentOf = (body: string, examples?: readonly string[]): Record<string, Content> => {
  const name = body.replace('stream of ', '')
  if (!isComponent(name)) {
    if (!body.includes('/')) throw new Error(`there is no schema ${body}`)
    const type = body === 'application/json' ? 'object' : 'string'
    const media = body.startsWith('video/') && { contentMediaType: body }
    return { [body]: { schema: { type, ...media } } }
  }
  if (name === body)
    return { 'application/json': { schema: name, examples: examplesOf(name, examples) } }
  const schema = {
    type: 'string',
    description: 'Server-sent events.',
    contentMediaType: 'text/event-stream',
    'x-event-schema': schemaRef(name),
  }
  return { 'text/event-stream': { schema, examples: streamOf(name) } }
}

const readTakes = (cell: string) => {
  const names = listed(cell)
  const unknown = names.filter(
    (name) => !(name in PARAMETERS || name in QUERIES || isComponent(name.replace('?', ''))),
  )
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}`)
  const query = names.find((name) => name in QUERIES)
  return {
    parameters: names.filter((name) => name in PARAMETERS),
    body: names.map((name) => name.replace('?', '')).find(isComponent),
    bodyIsOptional: cell.includes('?'),
    query: query === undefined ? undefined : QUERIES[query],
  }
}

/** The problems of a cell, which may name shared sets of them. */
export const readProblems = (cell: string): ProblemCode[] =>
  listed(cell).flatMap((name) => {
    if (isProblem(name)) return name
    const set = sets?.rows.find(([known]) => name === `{${known}}`)?.[1]
    if (set === undefined) throw new Error(`there is no problem ${name}`)
    return readProblems(set)
  })

export const OPERATIONS = sections.flatMap(({ title: tag, rows }) =>
  rows.map((row) => {
    const [at = '', id = '', who = '', takes = ''] = row
    const [answers = '', refuses = '', summary = '', text = ''] = row.slice(4)
    const [method = '', path = ''] = at.split(' ')
    // `everyone`, `any key`, or the scope of a key.
    const [access = '', also] = who.replaceAll('`', '').split(' or ')
    return {
      tag,
      method: method.toLowerCase(),
      path,
      id,
      access,
      takesClientSecret: also !== undefined,
      summary,
      description: text.replaceAll('<br>', '\n\n'),
      ...readTakes(takes),
      answers: readAnswers(answers),
      problems: readProblems(refuses),
    }
  }),
)
export type Operation = (typeof OPERATIONS)[number]
