/** Checks that `npm ci` works on every platform from package-lock.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from './wrangler.ts'

/** If the lock file does not name these, `npm ci` leaves that platform without a runtime. */
const WORKERD_BUILDS = ['linux-64', 'linux-arm64', 'darwin-64', 'darwin-arm64', 'windows-64']

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
}

export interface Lockfile {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, LockedPackage>>
}

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** The faults, a sentence each; empty if there are none. */
export const findLockfileFaults = (manifest: Manifest, lockfile: Lockfile): string[] => {
  const packages = Object.entries(lockfile.packages).filter(([path]) => path !== '')
  const faults: string[] = []
  const runtime = lockfile.packages['node_modules/workerd']?.version
  for (const build of WORKERD_BUILDS) {
    const found = lockfile.packages[`node_modules/@cloudflare/workerd-${build}`]
    if (found === undefined) faults.push(`workerd's build for ${build} is not in it`)
    else if (found.version !== runtime)
      faults.push(`workerd's build for ${build} is another version`)
  }
  for (const [path, { version, resolved, integrity, link }] of packages) {
    if (resolved !== undefined && URL.canParse(resolved)) {
      faults.push(`${path} names the host it came from: ${new URL(resolved).host}`)
    }
    if (link === true) faults.push(`${path} is a link`)
    if (version === undefined) faults.push(`${path} has no version`)
    if (integrity === undefined) faults.push(`${path} has no integrity`)
  }
  for (const [name, wanted] of Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
  })) {
    // Any version of the release line of the project's Node is allowed.
    const isPinned =
      name === 'node' ? /^\^\d+/.test(wanted) : /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted)
    if (!isPinned)
      faults.push(`package.json asks for ${name} ${wanted}, which is not an exact version`)
    const locked = lockfile.packages[`node_modules/${name}`]?.version
    if (locked === undefined) faults.push(`${name} is only in package.json`)
    else if (name !== 'node' && locked !== wanted) faults.push(`${name} is locked at ${locked}`)
  }
  return faults
}

const read = (name: string): string => readFileSync(join(PROJECT, name), 'utf8')

if (import.meta.main) {
  const manifest: Manifest = JSON.parse(read('package.json'))
  const lockfile: Lockfile = JSON.parse(read('package-lock.json'))
  const faults = findLockfileFaults(manifest, lockfile)
  for (const fault of faults) process.stderr.write(`package-lock.json: ${fault}\n`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
