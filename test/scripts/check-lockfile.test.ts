import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findLockfileFaults, type Lockfile, type Manifest } from '../../scripts/check-lockfile.ts'

const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const lockfile: Lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8'))

const withPackage = (path: string, change: object | undefined): Lockfile => {
  const { [path]: found, ...others } = lockfile.packages
  return {
    ...lockfile,
    packages: change === undefined ? others : { ...others, [path]: { ...found, ...change } },
  }
}

test('the lock file serves every platform', () => {
  expect(findLockfileFaults(manifest, lockfile)).toEqual([])
})

test.each([
  ['node_modules/@cloudflare/workerd-darwin-arm64', undefined, "workerd's build for darwin-arm64"],
  ['node_modules/@cloudflare/workerd-windows-64', { version: '1.0.0' }, 'another version'],
  ['node_modules/hono', { resolved: 'https://registry.example/hono.tgz' }, 'names the host'],
  ['node_modules/hono', { integrity: undefined }, 'node_modules/hono has no integrity'],
])('a lock file with another %s does not', (path, change, words) => {
  const faults = findLockfileFaults(manifest, withPackage(path, change))
  expect(faults).toEqual([expect.stringContaining(words)])
})

test('versions are pinned', () => {
  const devDependencies = { ...manifest.devDependencies, hono: '^4.13.19' }
  const loose = { ...manifest, devDependencies }
  expect(findLockfileFaults(loose, lockfile)).toContain('hono ^4.13.19 is not an exact version')
})
