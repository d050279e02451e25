/** Runs one of the project's scripts as a user would, and finds what it leaves behind. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { PROJECT } from '../../scripts/wrangler.ts'

/** What a child has printed so far, and how it ended. */
export const follow = (child: ChildProcessByStdio<null, Readable, Readable>) => {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  /** Resolves once the output matches. */
  const says = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(output)) {
      if (child.exitCode !== null) throw new Error(`it ended without saying so:\n${output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { output: () => output, exited, says }
}

/** Runs a script without a terminal and without the keys of this machine's user. */
export const runScript = (
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  outer: Readonly<NodeJS.ProcessEnv> = process.env,
) => {
  // Its temporary files go here, and it must remove them; the path identifies its processes.
  const { path: folder, [Symbol.dispose]: remove } = temporaryFolder()
  const { FAL_KEY: _fal, ADMIN_KEY: _admin, ...rest } = outer
  const child = spawn(process.execPath, [join('scripts', name), ...args], {
    cwd: PROJECT,
    env: { ...rest, TMPDIR: folder, TEMP: folder, TMP: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return {
    child,
    ...follow(child),
    /** Files and processes that it has left. */
    leftovers: () => ({ files: readdirSync(folder), processes: processesNaming(folder) }),
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
      remove()
    },
  }
}

/** The command lines that contain a text, such as a folder's path. */
export const processesNaming = (text: string): string[] =>
  listProcesses().filter((line) => line.includes(text))

/** Every process's command line. Linux has them in /proc; a bare machine has no `ps`. */
const listProcesses = (): string[] => {
  if (!existsSync('/proc/self/cmdline')) {
    return spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.split('\n')
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        // The process has ended meanwhile.
        return ''
      }
    })
}
