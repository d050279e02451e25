import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { PROJECT } from '../../scripts/wrangler.ts'
import { listen } from '../shared/listen.ts'
import { shared } from '../shared/shared.ts'

const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8')
const WORKFLOWS = '.github/workflows'

/** A workflow's commands, in order. */
const runs = (workflow: string): string[] =>
  [...read(`${WORKFLOWS}/${workflow}`).matchAll(/^ +- run: (.*)$/gm)].map(([, run = '']) => run)

/** A registry that knows no package and records its requests. */
const startRegistry = async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
  })
  onTestFinished(() => void server.close())
  return { url: `${await listen(server)}/`, asked }
}

test('the release command publishes the tested tarball with provenance, as a dry run shows', async () => {
  const command = runs('release.yml').at(-1) ?? ''
  const [npm = '', publish = '', ...flags] = command.split(' ')
  expect([npm, publish, ...flags]).toEqual(['npm', 'publish', '--provenance', '--access', 'public'])
  const { tarball } = await shared('package')
  const registry = await startRegistry()
  const args = [publish, tarball, ...flags, '--dry-run', '--json', `--registry=${registry.url}`]
  const { stdout } = await promisify(execFile)(npm, args, { encoding: 'utf8' })
  const { name, version }: { name: string; version: string } = JSON.parse(read('package.json'))
  expect(stdout).toContain(`"id": "${name}@${version}"`)
  expect(registry.asked.filter((each) => !each.startsWith('GET '))).toEqual([])
})

test('CI runs the checks that a change must pass, on the oldest and the newest Node', () => {
  const commands = read('.ci/run').match(/^npm .*$/gm) ?? []
  expect(commands.length).toBeGreaterThan(3)
  expect(runs('ci.yml')).toEqual(commands)
  expect(read(`${WORKFLOWS}/ci.yml`)).toContain('node: [20, 24]')
  expect(runs('release.yml').slice(0, 3)).toEqual(commands.slice(0, 3))
})

test.each(readdirSync(join(PROJECT, WORKFLOWS)))('%s pins each action to its commit', (file) => {
  const uses = [...read(`${WORKFLOWS}/${file}`).matchAll(/uses: (.*)$/gm)].map(([, use]) => use)
  expect(uses.length).toBeGreaterThan(0)
  for (const use of uses) expect(use).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})
