import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RESPONSES } from '../../scripts/openapi/components.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { createApp } from '../../src/app.ts'
import { TEST_EVENT, WEBHOOK_EVENTS } from '../../src/contract/webhook.ts'
import { PROBLEMS } from '../../src/contract/problem.ts'
import { childOf, faultsOf, isSchema, operations, resolve, root, type Schema } from './described.ts'

const DOCUMENT = join(PROJECT, 'public', 'openapi.json')

/** Static files, which no Worker route answers. */
const FILES = ['GET /docs', 'GET /errors', 'GET /llms.txt', 'GET /openapi.json']

/** Every content with a schema, anywhere in the description. */
function* contents(value: unknown, at = '#'): Generator<{ at: string; content: Schema }> {
  if (typeof value !== 'object' || value === null) return
  if (isSchema(value) && isSchema(value['schema'])) yield { at, content: value }
  for (const [name, each] of Object.entries(value)) {
    yield* contents(each, `${at}/${name.replaceAll('/', '~1')}`)
  }
}

const examples = [...contents(root)].flatMap(({ at, content }) => [
  ...('example' in content ? [{ at, content, value: content['example'] }] : []),
  ...Object.entries(childOf(content, 'examples')).map(([name, example]) => ({
    at: `${at}/${name}`,
    content,
    value: Object(example).value,
  })),
])

describe('the description', () => {
  it('matches what the contract builds, and so do the pages beside it', () => {
    const script = join(PROJECT, 'scripts', 'build-openapi.ts')
    const { stderr, status } = spawnSync(process.execPath, [script, '--check'])
    expect({ stderr: String(stderr), status }).toEqual({ stderr: '', status: 0 })
  })

  it("has an entry at the address in each problem's type", () => {
    const page = readFileSync(join(PROJECT, 'public', 'errors.html'), 'utf8')
    for (const code of Object.keys(PROBLEMS)) expect(page).toContain(`id="${code}"`)
    for (const [, type] of readFileSync(DOCUMENT, 'utf8').matchAll(/"type": "(\/[^"]*)"/g)) {
      expect(type).toMatch(/^\/errors#\w+$/)
    }
  })

  it("has all of the gateway's routes, and no others", () => {
    const app = createApp(() => {
      throw new Error('only its routes are looked at')
    })
    const routes = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    const described = operations.map(({ name }) => name).filter((name) => !FILES.includes(name))
    expect(described.toSorted()).toEqual([...new Set(routes)].toSorted())
  })

  it('is OpenAPI 3.1, and names every problem, all but method_not_allowed at an operation', () => {
    expect(root['openapi']).toBe('3.1.0')
    const introduction = resolve('#/info')['description']
    for (const code of Object.keys(PROBLEMS)) expect(introduction).toContain(`| \`${code}\` |`)
    const { enum: codes } = resolve('#/components/schemas/Problem/properties/code')
    expect(codes).toEqual(Object.keys(PROBLEMS))
    const answers = JSON.stringify(resolve('#/components/responses'))
    const unnamed = Object.keys(PROBLEMS).filter((code) => !answers.includes(`"code":"${code}"`))
    expect(unnamed).toEqual(['method_not_allowed'])
  })

  it('describes every webhook event that the gateway sends', () => {
    expect(Object.keys(resolve('#/webhooks'))).toEqual([...WEBHOOK_EVENTS, TEST_EVENT])
  })

  it('gives every JSON answer and body an example', () => {
    const bare = operations.flatMap(({ name, operation }) =>
      Object.entries(childOf(operation, 'responses')).flatMap(([status, answer]) => {
        const json = childOf(Object(answer), 'content')['application/json']
        const isOwn = !FILES.includes(name) && Number(status) < 400
        return isOwn && isSchema(json) && json['examples'] === undefined
          ? [`${name} → ${status}`]
          : []
      }),
    )
    expect(bare).toEqual([])
    const bodies = operations
      .map(({ name, operation }) => ({ name, body: JSON.stringify(operation['requestBody']) }))
      .filter(({ body = '"examples"' }) => !body.includes('"examples"'))
    expect(bodies).toEqual([])
  })

  it('has only examples that match their schemas', () => {
    expect(examples.length).toBeGreaterThan(100)
    const faults = examples.flatMap(({ at, content, value }) =>
      faultsOf({ schema: content['schema'] }, value).map((fault) => `${at}: ${fault}`),
    )
    expect(faults).toEqual([])
  })

  it('allows answers to gain fields later', () => {
    const shut = Object.keys(RESPONSES).filter((name) => {
      const schema = JSON.stringify(resolve(`#/components/schemas/${name}`))
      return schema.includes('"additionalProperties":false')
    })
    expect(shut).toEqual([])
  })

  it('passes redocly without a warning', () => {
    const cli = join(PROJECT, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js')
    const { stdout } = spawnSync(process.execPath, [cli, 'lint', DOCUMENT, '--format=json'], {
      cwd: PROJECT,
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    })
    expect(JSON.parse(stdout)).toMatchObject({ totals: { errors: 0, warnings: 0 }, problems: [] })
  })
})
