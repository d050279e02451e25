import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { describeVideo } from '../emulator/mp4.ts'
import { blocksOf } from './blocks.ts'
import { processesNaming } from '../scripts/child.ts'
import { type Checkout, freshCheckout, type Server } from './checkout.ts'

/** The lines that do not run as they stand, what runs in their place, and why. */
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

/** The shell's blocks as one script; what the README says of ports is said of these. */
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

describe.skipIf(!hasTools)("the README's shell", () => {
  let checkout: Checkout
  let gateway: Server
  const ports: Record<string, number> = {}

  beforeAll(async () => {
    for (const named of ['8787', '8788', '8789']) ports[named] = await freePort()
    checkout = freshCheckout()
    gateway = await checkout.serve(
      `npm start -- --port ${ports['8787']} --emulator-port ${ports['8788']}`,
      /pika-edge is at .*"Sunlight/s,
    )
    // So that nobody waits for videos that do not matter.
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

  test('does what it says, block after block, in one session', async () => {
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

  test('ends all that npm start began, when it is told to', async () => {
    const isThere = (text: string) => processesNaming(text).length > 0
    expect(isThere(checkout.folder)).toBe(true)
    await gateway[Symbol.asyncDispose]()
    expect(isThere(checkout.folder)).toBe(false)
    expect(checkout.leftovers()).toEqual([])
  })
})

test('runs every other line as it stands', () => {
  expect(OTHERWISE).toHaveLength(6)
  const lines = blocksOf('session').flatMap(({ code }) => code.split('\n').map(withoutComment))
  for (const { says } of OTHERWISE) expect(lines).toContain(says)
})
