/** Checks that `npm ci` works on every platform from package-lock.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from './wrangler.ts'

/** If the lock file does not name these, `npm ci` leaves that platform without a runtime. */
const WORKERD_BUILDS = ['linux-64', 'linux-arm64', 'darwin-64', 'darwin-arm64', 'windows-64']

export interface Lockfile {
  packages: Record<string, { version?: string; resolved?: string; integrity?: string }>
}

export interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>
}

/** The faults, a sentence each. That it fits package.json, `npm ci` checks itself. */
export const findLockfileFaults = (manifest: Manifest, { packages }: Lockfile): string[] => {
  const runtime = packages['node_modules/workerd']?.version
  const builds = WORKERD_BUILDS.filter(
    (build) => packages[`node_modules/@cloudflare/workerd-${build}`]?.version !== runtime,
  )
  const locked = Object.entries(packages).filter(([path]) => path !== '')
  const unsafe = locked.filter(
    ([, { resolved, integrity }]) => integrity === undefined || URL.canParse(resolved ?? ''),
  )
  // Any version of the release line of the project's Node is allowed.
  const loose = Object.entries(manifest.devDependencies).filter(
    ([name, version]) => name !== 'node' && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  )
  return [
    ...builds.map((build) => `workerd's build for ${build} is missing, or another version`),
    ...unsafe.map(([path]) => `${path} has no integrity, or names the host it came from`),
    ...loose.map(([name, version]) => `${name} ${version} is not an exact version`),
  ]
}

const read = (name: string): string => readFileSync(join(PROJECT, name), 'utf8')

if (import.meta.main) {
  const manifest: Manifest = JSON.parse(read('package.json'))
  const lockfile: Lockfile = JSON.parse(read('package-lock.json'))
  const faults = findLockfileFaults(manifest, lockfile)
  for (const fault of faults) process.stderr.write(`package-lock.json: ${fault}\n`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
