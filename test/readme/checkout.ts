/** A checkout that nobody has run anything in, for tests that do what a newcomer does. */
import { spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { PROJECT } from '../../scripts/wrangler.ts'
import { follow } from '../scripts/child.ts'

/** What is not in the repository: made by running it, or kept from it. */
const NOT_IN_GIT =
  /^(node_modules|\.git|\.wrangler|dist|videos|public\/reference|\.dev\.vars(?!\.ex).*)$/

export type Checkout = ReturnType<typeof freshCheckout>
export type Server = Awaited<ReturnType<Checkout['serve']>>

/** Copies what is in the repository. The packages are this checkout's: a newcomer runs `npm ci`. */
export const freshCheckout = () => {
  const root = mkdtempSync(join(tmpdir(), 'pika-edge-checkout-'))
  const folder = join(root, 'checkout')
  const bin = join(root, 'bin')
  const home = join(root, 'home')
  const temporary = join(root, 'temporary')
  cpSync(PROJECT, folder, {
    recursive: true,
    filter: (path) => !NOT_IN_GIT.test(relative(PROJECT, path)),
  })
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'))
  for (const made of [bin, home, temporary]) mkdirSync(made)
  // What `npm run pika` is, without npm's own half a second.
  const command = `#!/bin/sh\nexec '${process.execPath}' '${folder}/src/cli/main.ts' "$@"\n`
  writeFileSync(join(bin, 'pika-edge'), command, { mode: 0o755 })
  // A refusal is a failure; curl alone would end well with it.
  writeFileSync(join(home, '.curlrc'), 'fail-with-body\nsilent\nshow-error\n')

  const { FAL_KEY: _fal, ADMIN_KEY: _admin, ...outer } = process.env
  const env = {
    ...outer,
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    TMPDIR: temporary,
    CURL_HOME: home,
    XDG_CONFIG_HOME: home,
  }
  const start = (args: readonly string[], detached: boolean) => {
    const child = spawn('sh', args, {
      cwd: folder,
      env,
      detached,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { child, ...follow(child) }
  }
  return {
    folder,
    /** Temporary files of ours that are still there. */
    leftovers: () => readdirSync(temporary).filter((name) => name.startsWith('pika-edge')),
    /** Runs a script to its end, in one shell that stops at the first command that fails. */
    runShell: async (script: string) => {
      writeFileSync(join(root, 'script.sh'), script)
      const { output, exited } = start(['-e', join(root, 'script.sh')], false)
      return { exitCode: await exited, output: output() }
    },
    /** Starts what serves until it is disposed of, and waits until it says that it does. */
    serve: async (text: string, ready: RegExp) => {
      const { child, output, exited } = start(['-c', text], true)
      // The group: npm does not pass every signal on, and what it started ends the rest itself.
      const signalGroup = () => {
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
      }
      process.once('exit', signalGroup)
      const end = async () => {
        signalGroup()
        await exited
        process.off('exit', signalGroup)
      }
      while (!ready.test(output())) {
        if (child.exitCode !== null) throw new Error(`${text} ended:\n${output()}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return { output, [Symbol.asyncDispose]: end }
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  }
}
