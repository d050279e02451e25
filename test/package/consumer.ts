/** A consumer's project that has installed the `npm pack` tarball without a network. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import type { Started } from '../shared/setup.ts'

const run = promisify(execFile)

export interface Installed {
  readonly folder: string
  /** The tarball that it has installed. */
  readonly tarball: string
  /** What `npm pack --json` reports about it. */
  readonly packed: {
    readonly filename: string
    readonly files: readonly { readonly path: string }[]
  }
}

/** Builds, packs and installs in a folder that is removed on disposal. */
export const installPackage = async (): Promise<Started<Installed>> => {
  const { path: root, [Symbol.dispose]: remove } = temporaryFolder()
  const built = join(root, 'built')
  const folder = join(root, 'consumer')
  for (const made of [built, folder]) mkdirSync(made)
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    copyFileSync(join(PROJECT, file), join(built, file))
  }
  // Runs in its own process, because the compiler would block everything else in this one.
  await run(process.execPath, [join(PROJECT, 'scripts/build-package.ts'), join(built, 'dist')])
  const pack = await npm(built, 'pack', '--json', '--ignore-scripts')
  const [packed]: Installed['packed'][] = JSON.parse(pack)
  if (packed === undefined) throw new Error(`npm pack gave ${pack}`)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const tarball = join(built, packed.filename)
  // hono comes from this machine, but as a copy and not a link, as from the registry.
  const hono = join(PROJECT, 'node_modules/hono')
  await npm(folder, 'install', tarball, hono, '--install-links', '--offline', '--ignore-scripts')
  return { told: { folder, tarball, packed }, [Symbol.asyncDispose]: async () => remove() }
}

const npm = async (cwd: string, ...args: readonly string[]): Promise<string> => {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier']
  const { stdout } = await run('npm', [...args, ...quiet], { cwd, maxBuffer: 10_000_000 })
  return stdout
}

/** Runs one of the project's own tools. If it fails, the error contains its output. */
export const runTool = async (
  tool: string,
  args: readonly string[],
  cwd: string = PROJECT,
): Promise<string> => {
  const path = join(PROJECT, 'node_modules/.bin', tool)
  const { stdout } = await run(path, [...args], { cwd, maxBuffer: 10_000_000 }).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(`${tool} ${args.join(' ')}\n${stdout}${stderr}`)
    },
  )
  return stdout
}
