/** Builds the whole description. */
import { type ProblemCode, PROBLEMS } from '../../src/contract/problem.ts'
import { PROBLEM_CODES } from '../docs/errors.ts'
import { examplesOf } from './examples.ts'
import { introduction, SECURITY } from './introduction.ts'
import { type Operation, OPERATIONS, readProblems, TAGS } from './operations.ts'
import {
  HEADERS,
  headerRefs,
  PARAMETERS,
  parameterRef,
  pathParameters,
  queryParameters,
} from './parameters.ts'
import { falRefusal, refusal, responseName } from './refusals.ts'
import { buildSchemas, schemaRef } from './schemas.ts'
import type { Answer, Content, Schema } from './types.ts'
import { webhookMessages } from './webhooks.ts'

/** Its refusals have fal's shapes and are no problem documents. */
const FAL = "fal's protocol"

/** The description that `/openapi.json` serves. */
export const buildDocument = (version: string): Schema => {
  const responses: Record<string, Schema> = {}
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of OPERATIONS) {
    const { tag, method, path } = operation
    const problems = byStatus(problemsOf(operation))
    if (tag !== FAL) {
      for (const codes of problems) responses[responseName(codes)] = renderAnswer([refusal(codes)])
    }
    paths[path] = { ...paths[path], [method]: render(operation, problems) }
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
      responses,
      schemas: buildSchemas(),
    },
  }
}

/** The problems that an operation lists, and those that follow from the rest of it. */
const problemsOf = (operation: Operation): readonly ProblemCode[] => {
  const { tag, path, access, body, query, problems } = operation
  if (access === 'everyone') return problems
  const codes = readProblems(body === undefined ? '{key}' : '{key}, {body}').concat(problems)
  if (path.includes('{') && tag !== FAL) codes.push('not_found')
  if (query !== undefined) codes.push('invalid_input')
  return codes
}

/** Headers of the answer if the request may have this parameter. */
const HEADERS_WITH: Readonly<Record<string, string>> = {
  idempotencyKey: 'Idempotent-Replayed',
  prefer: 'Preference-Applied',
  ifNoneMatch: 'ETag',
}

const render = (operation: Operation, problems: readonly (readonly ProblemCode[])[]): Schema => {
  const { tag, path, id, summary, description, body, bodyIsOptional, query, access } = operation
  const named = [...operation.parameters, ...(access === 'everyone' ? [] : ['pikaAccount'])]
  const parameters = [
    ...pathParameters(path),
    ...(query === undefined ? [] : queryParameters(query)),
    ...named.map(parameterRef),
  ]
  const implied = named.flatMap((name) => HEADERS_WITH[name] ?? [])
  const answers = operation.answers.map((answer) => ({
    ...answer,
    headers: [...answer.headers, ...implied],
  }))
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: `${description}${whoMay(operation)}`,
    security: security(operation),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: {
        required: !bodyIsOptional,
        content: {
          'application/json': mergeContents([{ schema: body, examples: examplesOf(body) }]),
        },
      },
    }),
    responses:
      tag === FAL
        ? renderAnswers([...answers, ...problems.map(falRefusal)])
        : { ...renderAnswers(answers), ...Object.fromEntries(problems.map(refusalRef)) },
  }
}

const whoMay = ({ access, takesClientSecret }: Operation): string => {
  if (access === 'everyone') return ''
  const key = access === 'any key' ? access : `a key with the scope \`${access}\``
  return `\n\nNeeds ${key}${takesClientSecret ? ", or the generation's client secret" : ''}.`
}

const security = ({ access, takesClientSecret }: Operation): Schema[] => {
  if (access === 'everyone') return []
  const scopes = access === 'any key' ? [] : [access]
  const ways = [{ bearer: scopes }, { falKey: scopes }]
  return takesClientSecret ? [...ways, { clientSecret: [] }] : ways
}

/** In the table's order, so that the same codes give the same answer. */
const byStatus = (codes: readonly ProblemCode[]): readonly (readonly ProblemCode[])[] => {
  const known = PROBLEM_CODES.filter((code) => codes.includes(code))
  return [...Map.groupBy(known, (code) => PROBLEMS[code].status).values()]
}

const refusalRef = (codes: readonly ProblemCode[]) => [
  refusal(codes).status,
  { $ref: `#/components/responses/${responseName(codes)}` },
]

/** Merges the answers of a status: it may be any of them. */
const renderAnswers = (answers: readonly Answer[]): Record<string, Schema> => {
  const groups = Map.groupBy(answers, ({ status }) => String(status))
  return Object.fromEntries([...groups].map(([status, group]) => [status, renderAnswer(group)]))
}

const renderAnswer = (group: readonly Answer[]): Schema => {
  const types = new Set(group.flatMap(({ content = {} }) => Object.keys(content)))
  const content = [...types].map((type) => {
    const contents = group.flatMap((answer) => answer.content?.[type] ?? [])
    return [type, mergeContents(contents)]
  })
  return {
    description: [...new Set(group.map(({ description }) => description))].join(' Or: '),
    headers: headerRefs(['X-Request-Id', ...group.flatMap(({ headers }) => headers)]),
    ...(content.length > 0 && { content: Object.fromEntries(content) }),
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
    ...(examples.length > 0 && { examples: Object.fromEntries(examples) }),
  }
}

const slug = (text: string): string => (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).join('_')

const asSchema = (schema: Content['schema']): Schema =>
  typeof schema === 'string' ? schemaRef(schema) : schema
