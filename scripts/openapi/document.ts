/** Puts the whole description together. */
import { type ProblemCode, PROBLEMS } from '../../src/contract/problem.ts'
import type { ComponentName } from './components.ts'
import { HEADERS, type HeaderName } from './headers.ts'
import { introduction, SECURITY, TAGS } from './introduction.ts'
import { OPERATIONS } from './operations/index.ts'
import { ACCESS, BODY } from './operations/problems.ts'
import { PARAMETERS, pathParameters, queryParameters } from './parameters.ts'
import { problemResponse, responseName } from './problem-responses.ts'
import { PROBLEM_CODES } from './problems.ts'
import { buildSchemas, schemaRef } from './schemas.ts'
import type { Answer, Content, Operation, Schema } from './types.ts'
import { webhookMessages } from './webhooks.ts'

/** The description as it is served at `/openapi.json`. */
export const buildDocument = (version: string): Schema => {
  const groups = new Map<string, ProblemCode[]>()
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [tag, operations] of OPERATIONS) {
    for (const [at, operation] of Object.entries(operations)) {
      const [method = '', path = ''] = at.split(' ')
      const problems = byStatus(problemsOf(path, operation))
      if (operation.speaksFal !== true) {
        for (const codes of problems) groups.set(responseName(codes), codes)
      }
      paths[path] = { ...paths[path], [method]: render(tag, path, operation, problems) }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'pika-edge',
      version,
      summary: 'Text to video at the edge: every accepted request becomes exactly one paid video.',
      description: introduction(),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This gateway' }],
    tags: TAGS,
    paths,
    webhooks: webhookMessages(),
    components: {
      securitySchemes: SECURITY,
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: Object.fromEntries(
        [...groups].map(([name, codes]) => [name, problemResponse(codes)]),
      ),
      schemas: buildSchemas(),
    },
  }
}

/** What an operation lists, and what follows from the rest of it. */
const problemsOf = (path: string, operation: Operation): ProblemCode[] => {
  const { access, body, query, problems = [], speaksFal } = operation
  if (access === 'open') return [...problems]
  const codes = [...ACCESS, ...(body === undefined ? [] : BODY), ...problems]
  if (path.includes('{') && speaksFal !== true) codes.push('not_found')
  if (query !== undefined) codes.push('invalid_input')
  return codes
}

const render = (
  tag: string,
  path: string,
  operation: Operation,
  problems: readonly ProblemCode[][],
): Schema => {
  const { id, summary, description, body, query, access } = operation
  const parameters = [
    ...pathParameters(path),
    ...(query === undefined ? [] : queryParameters(query)),
    ...(operation.parameters ?? []),
    ...(access === 'open' ? [] : (['pikaAccount'] as const)),
  ].map((each) => (typeof each === 'string' ? { $ref: `#/components/parameters/${each}` } : each))
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: `${description}${whoMay(operation)}`,
    security: security(operation),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: operation.bodyIsOptional !== true,
            content: { 'application/json': mergeContents([body]) },
          },
        }),
    responses:
      operation.speaksFal === true
        ? renderAnswers([...operation.answers, ...problems.map(falRefusal)])
        : { ...renderAnswers(operation.answers), ...refusals(problems) },
  }
}

const whoMay = ({ access, clientSecret }: Operation): string => {
  if (access === 'open') return ''
  const key = access === 'any_key' ? 'any key' : `a key with the scope \`${access}\``
  return `\n\nNeeds ${key}${clientSecret === true ? ", or the generation's client secret" : ''}.`
}

const security = ({ access, clientSecret }: Operation): Schema[] => {
  if (access === 'open') return []
  const scopes = access === 'any_key' ? [] : [access]
  const ways = [{ bearer: scopes }, { falKey: scopes }]
  return clientSecret === true ? [...ways, { clientSecret: [] }] : ways
}

/** In the order of the table, so that the same codes are the same answer. */
const byStatus = (codes: readonly ProblemCode[]): ProblemCode[][] => {
  const known = PROBLEM_CODES.filter((code) => codes.includes(code))
  const groups = Object.groupBy(known, (code) => String(PROBLEMS[code].status))
  return Object.values(groups).filter((group) => group !== undefined)
}

const refusals = (groups: readonly ProblemCode[][]): Record<string, Schema> =>
  Object.fromEntries(
    groups.map((group) => [
      statusOf(group),
      { $ref: `#/components/responses/${responseName(group)}` },
    ]),
  )

const statusOf = ([first]: readonly ProblemCode[]): number =>
  first === undefined ? 0 : PROBLEMS[first].status

/** The same refusals in fal's own shape. */
const falRefusal = (group: readonly ProblemCode[]): Answer => {
  const status = statusOf(group)
  return {
    status,
    description: group.map((code) => `${PROBLEMS[code].title}.`).join(' '),
    ...(status === 401 ? { headers: ['WWW-Authenticate'] as const } : {}),
    ...(status === 429 ? { headers: ['Retry-After'] as const } : {}),
    content: { 'application/json': { schema: 'FalError' } },
  }
}

/** Answers of the same status become one, which is any of them. */
const renderAnswers = (answers: readonly Answer[]): Record<string, Schema> => {
  const groups = Object.groupBy(answers, ({ status }) => String(status))
  return Object.fromEntries(
    Object.entries(groups).map(([status, group = []]) => [status, renderAnswer(group)]),
  )
}

const renderAnswer = (group: readonly Answer[]): Schema => {
  const names = new Set<HeaderName>([
    'X-Request-Id',
    ...group.flatMap(({ headers = [] }) => headers),
  ])
  const types = new Set(group.flatMap(({ content = {} }) => Object.keys(content)))
  const content = [...types].map((type) => {
    const contents = group.flatMap((answer) => answer.content?.[type] ?? [])
    return [type, mergeContents(contents)]
  })
  return {
    description: [...new Set(group.map(({ description }) => description))].join(' Or: '),
    headers: Object.fromEntries(
      [...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    ),
    ...(content.length === 0 ? {} : { content: Object.fromEntries(content) }),
  }
}

const mergeContents = (contents: readonly Content[]): Schema => {
  const schemas = new Map(contents.map(({ schema }) => [JSON.stringify(schema), asSchema(schema)]))
  const [only] = schemas.values()
  const examples = contents.flatMap(({ examples: own = {} }) =>
    Object.entries(own).map(([summary, value]) => [slug(summary), { summary, value }]),
  )
  return {
    schema: schemas.size === 1 ? only : { anyOf: [...schemas.values()] },
    ...(examples.length === 0 ? {} : { examples: Object.fromEntries(examples) }),
  }
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .match(/[a-z0-9]+/g)
    ?.join('_') ?? text

const asSchema = (schema: ComponentName | Schema): Schema =>
  typeof schema === 'string' ? schemaRef(schema) : schema
