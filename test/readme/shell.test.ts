import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { describeVideo } from '../emulator/mp4.ts'
import { blocksOf } from './blocks.ts'
import { follow, processesNaming } from '../scripts/child.ts'

/** The lines that do not run unchanged, what runs instead, and why. */
const OTHERWISE = [
  {
    says: 'npm ci && npm run demo',
    runs: 'npm run demo',
    because: 'npm ci would take away the packages that this test runs on',
  },
  { says: 'npm ci && npm test', runs: '', because: 'it runs this test' },
  { says: 'npm start', runs: '', because: 'it runs beside the others, and serves them' },
  {
    says: 'pika-edge config init',
    runs: 'export PIKA_EDGE_URL=$PIKA PIKA_EDGE_KEY=$KEY',
    because: 'it asks on a terminal, where the tests of the command answer it',
  },
  {
    says: "npm run demo -- --prompt 'A cat [emulator: outcome=content_policy]'",
    runs: "npm run demo -- --prompt 'A cat [emulator: outcome=content_policy]' || test $? = 6",
    because: 'it shows a failure, so it ends as one',
  },
  { says: 'npm run emulator -- --port 8789', runs: '', because: 'it serves, and runs beside' },
] as const

const hasTools = ['sh', 'curl', 'sed'].every(
  (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined,
)

/** The shell blocks as one script, with the README's ports replaced by these. */
const scriptOf = (ports: Readonly<Record<string, number>>): string =>
  blocksOf('session')
    .map(
      ({ file, line, code }) =>
        `echo '--- ${file}:${line}'\n${code.split('\n').map(instead).join('\n')}`,
    )
    .join('\n')
    .replaceAll(/\b878\d\b/g, (port) => String(ports[port]))

const withoutComment = (line: string): string => line.replace(/ +# .*/, '')

const instead = (line: string): string => {
  const command = withoutComment(line)
  return OTHERWISE.find(({ says }) => says === command)?.runs ?? line
}

/** Files that are not in the repository: created by running it, or ignored. */
const NOT_IN_GIT =
  /^(node_modules|\.git|\.wrangler|dist|videos|public\/reference|\.dev\.vars(?!\.ex).*)$/

/** A fresh checkout of the repository, with this checkout's packages in place of `npm ci`. */
const freshCheckout = () => {
  const { path: root, [Symbol.dispose]: remove } = temporaryFolder()
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
  // The same as `npm run pika`, without npm's half a second.
  const command = `#!/bin/sh\nexec '${process.execPath}' '${folder}/src/cli/main.ts' "$@"\n`
  writeFileSync(join(bin, 'pika-edge'), command, { mode: 0o755 })
  // Makes curl fail on a refusal; by default it exits with 0.
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
    /** Our temporary files that have not been removed. */
    leftovers: () => readdirSync(temporary).filter((name) => name.startsWith('pika-edge')),
    /** Runs a script to its end, in one shell that stops at the first failing command. */
    runShell: async (script: string) => {
      writeFileSync(join(root, 'script.sh'), script)
      const { output, exited } = start(['-e', join(root, 'script.sh')], false)
      return { exitCode: await exited, output: output() }
    },
    /** Starts a server that runs until it is disposed of, and waits until it says it is ready. */
    serve: async (text: string, ready: RegExp) => {
      const { child, output, exited, says } = start(['-c', text], true)
      // Signal the group: npm does not forward every signal, and its child ends the rest itself.
      const signalGroup = () => {
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
      }
      process.once('exit', signalGroup)
      const end = async () => {
        signalGroup()
        await exited
        process.off('exit', signalGroup)
      }
      await says(ready)
      return { output, [Symbol.asyncDispose]: end }
    },
    [Symbol.dispose]: remove,
  }
}

describe.skipIf(!hasTools)("the README's shell", () => {
  let checkout: ReturnType<typeof freshCheckout>
  let gateway: Awaited<ReturnType<typeof checkout.serve>>
  const ports: Record<string, number> = {}

  beforeAll(async () => {
    for (const named of ['8787', '8788', '8789']) ports[named] = await freePort()
    checkout = freshCheckout()
    gateway = await checkout.serve(
      `npm start -- --port ${ports['8787']} --emulator-port ${ports['8788']}`,
      /pika-edge is at .*"Sunlight/s,
    )
    // The content of these videos does not matter, so nobody should wait for them.
    const settings = { queue_ms: 0, render_ms: 0 }
    await fetch(`http://127.0.0.1:${ports['8788']}/_emulator/settings`, {
      method: 'POST',
      body: JSON.stringify(settings),
    })
  })
  afterAll(() => checkout?.[Symbol.dispose]())

  test('finds the keys that npm start made and printed', () => {
    const path = join(checkout.folder, '.dev.vars')
    const { ADMIN_KEY } = parseEnv(readFileSync(path, 'utf8'))
    expect(gateway.output()).toContain(
      `\nexport PIKA=http://127.0.0.1:${ports['8787']} KEY='${ADMIN_KEY}'\n`,
    )
    expect(gateway.output()).toContain('in .dev.vars: FAL_KEY, ADMIN_KEY, SIGNING_KEY\n')
  })

  test('runs block after block in one session', async () => {
    const { exitCode, output } = await checkout.runShell(scriptOf(ports))
    const printed = expect.stringMatching(/✖ failed: .*\(content_policy_violation\)/)
    expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: printed })
    const made = readFileSync(/^(\S+\.mp4)\nA sample clip/m.exec(output)?.[1] ?? '')
    expect(describeVideo(made)).toMatchObject({ width: 1280, height: 720, seconds: 5 })
    const video = readFileSync(join(checkout.folder, 'river.mp4'))
    expect(describeVideo(video)).toMatchObject({ seconds: 5 })
    expect(output).toMatch(/^http\S+\.mp4\?sig=\S+$/m)
    expect(checkout.leftovers()).toEqual([])
  })

  test('starts the emulator alone', async () => {
    await using running = new AsyncDisposableStack()
    const command = `npm run emulator -- --port ${ports['8789']}`
    const emulator = running.use(await checkout.serve(command, /"jwks_url"/))
    expect(emulator.output()).toContain(`http://127.0.0.1:${ports['8789']}`)
  })

  test('ends everything that npm start began on SIGTERM', async () => {
    const isThere = (text: string) => processesNaming(text).length > 0
    expect(isThere(checkout.folder)).toBe(true)
    await gateway[Symbol.asyncDispose]()
    expect(isThere(checkout.folder)).toBe(false)
    expect(checkout.leftovers()).toEqual([])
  })
})

test('all but six of the README’s lines run unchanged', () => {
  expect(OTHERWISE).toHaveLength(6)
  const lines = blocksOf('session').flatMap(({ code }) => code.split('\n').map(withoutComment))
  for (const { says } of OTHERWISE) expect(lines).toContain(says)
})
