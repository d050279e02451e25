import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RESPONSES } from '../../scripts/openapi/components.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { createApp } from '../../src/app.ts'
import { TEST_EVENT, WEBHOOK_EVENTS } from '../../src/contract/webhook.ts'
import { PROBLEMS } from '../../src/contract/problem.ts'
import { faultsOf } from './described.ts'
import { isSchema, resolve, type Schema } from './sealed.ts'

const DOCUMENT = join(PROJECT, 'public', 'openapi.json')
const text = readFileSync(DOCUMENT, 'utf8')
const root: Schema = JSON.parse(text)

/** Files, which no route of the Worker answers. */
const FILES = ['GET /docs', 'GET /errors', 'GET /llms.txt', 'GET /openapi.json']

const operations = Object.entries(resolve(root, '#/paths')).flatMap(([path, item]) =>
  Object.entries(isSchema(item) ? item : {}).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation: isSchema(operation) ? operation : {},
  })),
)

/** Every schema beside examples of it, wherever in the description. */
function* contents(value: unknown, at = '#'): Generator<{ at: string; content: Schema }> {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* contents(each, `${at}/${index}`)
  } else if (isSchema(value)) {
    if (isSchema(value['schema'])) yield { at, content: value }
    for (const [name, each] of Object.entries(value)) {
      yield* contents(each, `${at}/${name.replaceAll('/', '~1')}`)
    }
  }
}

const examples = [...contents(root)].flatMap(({ at, content }) => [
  ...('example' in content ? [{ at, content, value: content['example'] }] : []),
  ...Object.entries(isSchema(content['examples']) ? content['examples'] : {}).map(
    ([name, example]) => {
      const value = isSchema(example) ? example['value'] : undefined
      return { at: `${at}/${name}`, content, value }
    },
  ),
])

describe('the description', () => {
  it('is what the contract builds, and so are the pages beside it', () => {
    const script = join(PROJECT, 'scripts', 'build-openapi.ts')
    const { stderr, status } = spawnSync(process.execPath, [script, '--check'])
    expect({ stderr: String(stderr), status }).toEqual({ stderr: '', status: 0 })
  })

  it('has an entry where the type of each problem points', () => {
    const page = readFileSync(join(PROJECT, 'public', 'errors.html'), 'utf8')
    for (const code of Object.keys(PROBLEMS)) expect(page).toContain(`id="${code}"`)
    for (const type of text.matchAll(/"type": "(\/[^"]*)"/g))
      expect(type[1]).toMatch(/^\/errors#\w+$/)
  })

  it('has every route of the gateway, and no other', () => {
    const app = createApp(() => {
      throw new Error('only its routes are looked at')
    })
    const routes = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    const described = operations.map(({ name }) => name).filter((name) => !FILES.includes(name))
    expect(described.toSorted()).toEqual([...new Set(routes)].toSorted())
  })

  it('is OpenAPI 3.1, and names every problem, at an operation all but the one about having none', () => {
    expect(root['openapi']).toBe('3.1.0')
    const introduction = resolve(root, '#/info')['description']
    for (const code of Object.keys(PROBLEMS)) expect(introduction).toContain(`| \`${code}\` |`)
    const { enum: codes } = resolve(root, '#/components/schemas/Problem/properties/code')
    expect(codes).toEqual(Object.keys(PROBLEMS))
    const answers = JSON.stringify(resolve(root, '#/components/responses'))
    const unnamed = Object.keys(PROBLEMS).filter((code) => !answers.includes(`"code":"${code}"`))
    expect(unnamed).toEqual(['method_not_allowed'])
  })

  it('describes every message that the gateway sends', () => {
    expect(Object.keys(resolve(root, '#/webhooks'))).toEqual([...WEBHOOK_EVENTS, TEST_EVENT])
  })

  it('gives every JSON answer and body an example', () => {
    const bare = operations.flatMap(({ name, operation }) =>
      Object.entries(resolve(operation, '#/responses')).flatMap(([status, answer]) => {
        const { content } = isSchema(answer) ? answer : {}
        const json = isSchema(content) ? content['application/json'] : undefined
        const isOwn = !FILES.includes(name) && Number(status) < 400
        return isOwn && isSchema(json) && json['examples'] === undefined
          ? [`${name} → ${status}`]
          : []
      }),
    )
    expect(bare).toEqual([])
    const asked = operations.filter(({ operation }) => operation['requestBody'] !== undefined)
    const bodies = asked.filter(
      ({ operation }) => !JSON.stringify(operation['requestBody']).includes('"examples"'),
    )
    expect(bodies.map(({ name }) => name)).toEqual([])
  })

  it('has examples that are what they are examples of', () => {
    expect(examples.length).toBeGreaterThan(100)
    const faults = examples.flatMap(({ at, content, value }) =>
      faultsOf({ schema: content['schema'] }, value).map((fault) => `${at}: ${fault}`),
    )
    expect(faults).toEqual([])
  })

  it('leaves room in answers for fields to come', () => {
    const shut = Object.keys(RESPONSES).filter((name) => {
      const schema = JSON.stringify(resolve(root, `#/components/schemas/${name}`))
      return schema.includes('"additionalProperties":false')
    })
    expect(shut).toEqual([])
  })

  it('passes redocly without a word', () => {
    const cli = join(PROJECT, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js')
    const { stdout } = spawnSync(process.execPath, [cli, 'lint', DOCUMENT, '--format=json'], {
      cwd: PROJECT,
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    })
    expect(JSON.parse(stdout)).toMatchObject({ totals: { errors: 0, warnings: 0 }, problems: [] })
  })
})
