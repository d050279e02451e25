import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { readVariables } from '../../scripts/docs/configuration.ts'
import { PROJECT } from '../../scripts/wrangler.ts'

const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8')

/** The first column of the table under a heading, as code. */
const namesUnder = (document: string, head: string): string[] => {
  const { 1: rows = '' } =
    new RegExp(`^\\| ${head} .*\\n\\|[ -|]+\\n((?:\\|.*\\n)+)`, 'm').exec(document) ?? []
  return rows
    .split('\n')
    .flatMap((row) => row.split(' | ')[0]?.match(/(?<=`)[a-z_A-Z]+(?=`)/g) ?? [])
}

test('alerts are on events that the gateway logs', () => {
  const sources = globSync('src/{account,adapters,routes,worker}/**/*.ts', { cwd: PROJECT })
  const source = [...sources, 'src/index.ts', 'src/app.ts'].map(read).join('\n')
  const logged = new Set(
    [...source.matchAll(/\blog(?:Error)?\(\s*'(\w+)'/g)].map(([, event]) => event),
  )
  const events = namesUnder(read('docs/deploy.md'), 'event')
  expect(events.length).toBeGreaterThan(8)
  expect(events.filter((event) => !logged.has(event))).toEqual([])
})

test('the runbook rotates every secret', () => {
  const secrets = readVariables(read('src/worker/settings.ts'))
    .map(({ name }) => name)
    .filter((name) => /_KEY(_PREVIOUS)?$/.test(name))
  expect(namesUnder(read('docs/runbook.md'), 'secret').toSorted()).toEqual(secrets.toSorted())
})

test('the deploy button asks for each required secret, says how to make it, and offers no value', () => {
  const offered = parseEnv(read('.dev.vars.example'))
  const required = /^required = \[(.*)\]$/m.exec(read('wrangler.toml'))?.[1] ?? ''
  const asked: string[] = JSON.parse(`[${required}]`)
  expect(Object.keys(offered).toSorted()).toEqual(asked.toSorted())
  expect(new Set(Object.values(offered))).toEqual(new Set(['']))
  const { cloudflare }: { cloudflare: { bindings: Record<string, { description: string }> } } =
    JSON.parse(read('package.json'))
  expect(Object.keys(cloudflare.bindings).toSorted()).toEqual(asked.toSorted())
})
