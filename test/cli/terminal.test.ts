import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { sharedGateway } from '../shared/gateway.ts'
import { type Environment, hasTerminal, openTerminal, type Running, spawnCli } from './harness.ts'

/** A job waits this long in line, and then renders this long, unless the test moves it on. */
const LASTS_MS = 10_000_000
const MARKERS = `[emulator: queue_ms=${LASTS_MS} render_ms=${LASTS_MS}]`

const gateway = await sharedGateway()
const folder = temporaryFolder()
const env: Environment = {
  HOME: folder.path,
  PIKA_EDGE_URL: gateway.url,
  PIKA_EDGE_KEY: await gateway.newKey('reader'),
}
afterAll(() => folder[Symbol.dispose]())

let prompt: string
beforeEach(() => {
  prompt = `A kite, ${crypto.randomUUID()} ${MARKERS}`
})

/** From the queue to the end, in steps that a reader can see. */
const playOut = async (running: Running) => {
  await running.sees(/in line, 3 ahead/)
  await gateway.advance(prompt, LASTS_MS)
  await running.sees(/rendering/)
  await gateway.advance(prompt, LASTS_MS)
  return running.ended
}

/** Every line as it stood before it was cleared or ended, without its colours. */
const linesOf = (output: string): string[] =>
  output
    .replaceAll('\r\n', '\n')
    .split('\n')
    .flatMap((line) => line.split('\r\u001B[2K'))
    .map((line) => stripVTControlCharacters(line))

const normalise = (text: string): string =>
  text
    .replaceAll(/gen_[0-9a-z]{26}/g, 'gen_<id>')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+\/\S+/g, 'http://<video>')
    .replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /, '* ')
    .replace(/^ +\d+\.\d s {2}/, '<time>  ')
    .replaceAll(/(in|·) \d+ s/g, '$1 <time>')
    // What the terminal itself prints for Ctrl-C.
    .replace('^C', '')
    // Shown once there is enough data, which depends on timing.
    .replace(/ · (usually|9 of 10|longer than).*$/, '')
    .replaceAll(/\d+ kB/g, '<size>')
    .trimEnd()

/**
 * Replaces ids, times and addresses by their kind, and keeps each state of a changing line
 * once, whatever its spinner and its clock showed.
 */
const transcript = (output: string): string => {
  const frames = linesOf(output)
    .map(normalise)
    // How far the model has got at each look is chance.
    .filter((frame) => frame !== '' && !frame.includes('“Rendering'))
  return frames.filter((frame, index) => frame !== frames[index - 1]).join('\n')
}

describe('in a pipe', () => {
  it('prints the URL to stdout, and a line for each change to stderr', async () => {
    const { exitCode, stdout, stderr } = await playOut(spawnCli(['generate', prompt], env))
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\S+\.mp4\?sig=\S+\n$/)
    expect(transcript(stderr)).toMatchSnapshot()
  })

  it('prints one JSON document and nothing else with --json', async () => {
    const { exitCode, stdout, stderr } = await spawnCli(['generate', 'A kite', '--json'], env).ended
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', cost: { charged_usd: 0.2 } })
  })

  it('ends quietly when its reader has had enough', async () => {
    const running = spawnCli(['list'], env)
    running.turnAway()
    expect(await running.ended).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  it('leaves the generation running when it is interrupted, and says how to come back', async () => {
    const running = spawnCli(['generate', prompt], env)
    await running.sees(/in line, 3 ahead/)
    running.kill('SIGINT')
    const { exitCode, stdout, stderr } = await running.ended
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
    expect(transcript(stderr)).toMatchSnapshot()

    const [id = ''] = /gen_[0-9a-z]{26}/.exec(stderr) ?? []
    const watching = spawnCli(['watch', id], env)
    await gateway.advance(prompt, 2 * LASTS_MS)
    expect(await watching.ended).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\.mp4\?sig=[\w-]{22}\n$/),
    })
  })
})

describe.skipIf(!hasTerminal)('on a terminal (needs python3)', () => {
  let file: string
  beforeEach(() => {
    file = join(folder.path, `${crypto.randomUUID()}.mp4`)
  })

  it('shows one line that changes, and takes it away at the end', async () => {
    const running = openTerminal(['generate', prompt, '--out', file], env)
    const { exitCode, stdout } = await playOut(running)
    expect(exitCode).toBe(0)
    expect(transcript(stdout).replaceAll(file, '<file>')).toMatchSnapshot()
    expect(readFileSync(file).subarray(4, 8).toString()).toBe('ftyp')
    expect(stdout).toContain('\u001B[32m✔')
    // No line may wrap, or it could not be cleared.
    for (const line of linesOf(stdout)) expect(line.length).toBeLessThan(100)
  })

  it('has no colour where NO_COLOR says so', async () => {
    const running = openTerminal(['doctor'], { ...env, NO_COLOR: '1' })
    const { exitCode, stdout } = await running.ended
    expect(exitCode).toBe(0)
    expect(stdout).not.toContain('\u001B[')
  })

  it('leaves the generation running on Ctrl-C', async () => {
    const running = openTerminal(['generate', prompt], env)
    await running.sees(/in line, 3 ahead/)
    running.type('\u0003')
    const { exitCode, stdout } = await running.ended
    expect(exitCode).toBe(130)
    expect(transcript(stdout)).toMatchSnapshot()
    expect(await gateway.jobOf(prompt)).toMatchObject({ cancel_asked: false })
  })

  it('cancels on Ctrl-C where it was told to', async () => {
    const running = openTerminal(['generate', prompt, '--cancel-on-interrupt'], env)
    await running.sees(/in line, 3 ahead/)
    running.type('\u0003')
    await running.sees(/canceling/)
    const { exitCode, stdout } = await running.ended
    expect(exitCode).toBe(130)
    expect(transcript(stdout)).toMatchSnapshot()
  })

  it('asks before it revokes, and takes Enter for no', async () => {
    const running = openTerminal(['keys', 'revoke', 'key_some'], env)
    await running.sees(/Revoke key_some permanently\?/)
    running.type('\r')
    const { exitCode, stdout } = await running.ended
    expect(exitCode).toBe(1)
    expect(stdout).toContain('nothing was changed')
  })

  it('does not ask twice when Ctrl-C answers a question', async () => {
    const running = openTerminal(['config', 'init'], env)
    await running.sees(/Where is the gateway\?/)
    running.type('\u0003')
    const { exitCode } = await running.ended
    expect(exitCode).toBe(130)
    expect(existsSync(join(folder.path, '.config'))).toBe(false)
  })

  it('asks for the settings until they work, keeps them, and says what next', async () => {
    const { PIKA_EDGE_KEY = '', PIKA_EDGE_URL = '' } = env
    const running = openTerminal(['config', 'init'], { HOME: folder.path })
    await running.sees(/Where is the gateway\?/)
    running.type(`${'\u007F'.repeat(30)}${PIKA_EDGE_URL}\r`)
    await running.sees(/Your key/)
    running.type('pika_slip\r')
    await running.sees(/the key is unknown.*Try again:[^]*Where is the gateway\?/)
    running.type('\r')
    await running.sees(/Try again:[^]*Your key/)
    running.type(`${PIKA_EDGE_KEY}\r`)
    const { exitCode, stdout } = await running.ended
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 })
    expect(stdout).not.toContain(PIKA_EDGE_KEY)
    expect(stdout).toContain('Next: pika-edge generate ')
    const kept = readFileSync(join(folder.path, '.config/pika-edge/config.json'), 'utf8')
    expect(JSON.parse(kept)).toEqual({ url: PIKA_EDGE_URL, key: PIKA_EDGE_KEY })
  })
})
