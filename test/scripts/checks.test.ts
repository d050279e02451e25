import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { findLockfileFaults, type Lockfile, type Manifest } from '../../scripts/check-lockfile.ts'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'

const OXLINT = join(import.meta.dirname, '../../node_modules/oxlint/bin/oxlint')

const FILES = {
  'domain/rule.ts': `import type { B } from './b.ts'\nexport type A = B\n`,
  'domain/reaches-up.ts': `export { send } from '../adapters/send.ts'\n`,
  'domain/b.ts': `import type { C } from './c.ts'\nexport type B = C\n`,
  'domain/c.ts': `import type { B } from './b.ts'\nexport type C = B | null\n`,
  'account/hasty.ts': `export const hasty = { allowUnconfirmed: true }\n`,
  'routes/rests-on-rules.ts': `export type { A } from '../domain/rule.ts'\n`,
  'worker/rests-on-a-port.ts': `export type { Gateway } from '../routes/gateway.ts'\n`,
  'worker/reaches-in.ts': `export const get = () => import('../routes/access.ts')\n`,
  'emulator/shares.ts': `export type { Input } from '../contract/input.ts'\n`,
}

test('the lint fails on a forbidden import, a cycle of types and an open output gate', () => {
  using folder = temporaryFolder()
  for (const own of ['.oxlintrc.json', 'scripts/lint']) {
    cpSync(own, join(folder.path, own), { recursive: true })
  }
  for (const [path, text] of Object.entries(FILES)) {
    const target = join(folder.path, 'src', path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }
  const { status, stdout } = spawnSync(process.execPath, [OXLINT, '--format=json', 'src'], {
    cwd: folder.path,
    encoding: 'utf8',
  })
  const { diagnostics }: { diagnostics: { filename: string; code: string }[] } = JSON.parse(stdout)
  expect(diagnostics.map(({ filename, code }) => `${filename}: ${code}`).toSorted()).toEqual([
    'src/account/hasty.ts: eslint(id-denylist)',
    'src/domain/b.ts: import(no-cycle)',
    'src/domain/c.ts: import(no-cycle)',
    'src/domain/reaches-up.ts: house(arrows)',
    'src/emulator/shares.ts: house(arrows)',
    'src/worker/reaches-in.ts: house(arrows)',
  ])
  expect(status).toBe(1)
})

const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const lockfile: Lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8'))

const withPackage = (path: string, change: object | undefined): Lockfile => {
  const { [path]: found, ...others } = lockfile.packages
  return {
    ...lockfile,
    packages: change === undefined ? others : { ...others, [path]: { ...found, ...change } },
  }
}

test('the lock file works on every platform', () => {
  expect(findLockfileFaults(manifest, lockfile)).toEqual([])
})

test.each([
  ['node_modules/@cloudflare/workerd-darwin-arm64', undefined, "workerd's build for darwin-arm64"],
  ['node_modules/@cloudflare/workerd-windows-64', { version: '1.0.0' }, 'another version'],
  ['node_modules/hono', { resolved: 'https://registry.example/hono.tgz' }, 'names the host'],
  ['node_modules/hono', { integrity: undefined }, 'node_modules/hono has no integrity'],
])('a lock file with a missing or changed %s is reported', (path, change, words) => {
  const faults = findLockfileFaults(manifest, withPackage(path, change))
  expect(faults).toEqual([expect.stringContaining(words)])
})

test('a version that is not pinned is reported', () => {
  const devDependencies = { ...manifest.devDependencies, hono: '^4.13.19' }
  const loose = { ...manifest, devDependencies }
  expect(findLockfileFaults(loose, lockfile)).toContain('hono ^4.13.19 is not an exact version')
})
