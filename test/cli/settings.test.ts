import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { redact } from '../../src/cli/settings.ts'
import { runCli } from './harness.ts'

const KEY = 'pika_0123456789abcdefghijklmnopqrstuvwxyz'

let home: string
let file: string
beforeEach(() => {
  const folder = temporaryFolder()
  home = folder.path
  file = join(home, '.config/pika-edge/config.json')
  return () => folder[Symbol.dispose]()
})

const pika = (args: readonly string[], env = {}, stdin = '') =>
  runCli(args, { env: { HOME: home, ...env }, stdin })
const show = async (args: readonly string[] = [], env = {}) =>
  JSON.parse((await pika(['config', 'show', '--json', ...args], env)).stdout)
const keep = (text: string) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

describe('settings', () => {
  it('fall back to the defaults if nothing is set', async () => {
    expect(await show()).toEqual({
      url: { value: 'http://127.0.0.1:8787', from: 'the default' },
      key: null,
      account: null,
      path: file,
    })
  })

  it('come from a flag first, then the environment, then the file', async () => {
    keep(JSON.stringify({ url: 'https://file.test', key: KEY, account: 'file' }))
    const env = { PIKA_EDGE_URL: 'https://variable.test', PIKA_EDGE_ACCOUNT: 'variable' }
    expect(await show(['--url', 'https://flag.test/'], env)).toMatchObject({
      url: { value: 'https://flag.test', from: '--url' },
      account: { value: 'variable', from: 'PIKA_EDGE_ACCOUNT' },
      key: { value: 'pika_0123…yz', from: file },
    })
  })

  it('are read from XDG_CONFIG_HOME', async () => {
    const { stdout } = await pika(['config', 'path'], { XDG_CONFIG_HOME: '/somewhere' })
    expect(stdout).toBe('/somewhere/pika-edge/config.json\n')
  })

  it.each(['ftp://x.test', 'gateway', 'http//x'])('refuse the URL %s', async (url) => {
    const { exitCode, stderr } = await pika(['config', 'show', '--url', url])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`the URL from --url is not one: ${url}`)
  })

  it('refuse a key that is not valid in a header, without showing it', async () => {
    const { exitCode, stderr } = await pika(['list'], { PIKA_EDGE_KEY: 'se cret' })
    expect(exitCode).toBe(2)
    expect(stderr).toBe('✖ the key from PIKA_EDGE_KEY has characters that no key has\n')
  })

  it.each(['{', '[]', '{"url": 1}', '{"colour": "red"}'])(
    'refuse a file with %s, and name it',
    async (text) => {
      keep(text)
      const { exitCode, stderr } = await pika(['list'])
      expect(exitCode).toBe(2)
      expect(stderr).toContain(file)
    },
  )
})

describe('config set', () => {
  it('saves a setting in a file that others cannot read, and keeps the other settings', async () => {
    keep('{"account": "acme"}')
    chmodSync(file, 0o644)
    const { exitCode } = await pika(['config', 'set', 'key'], {}, `${KEY}\n`)
    expect(exitCode).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ account: 'acme', key: KEY })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('does not save an invalid value', async () => {
    const { exitCode } = await pika(['config', 'set', 'url', 'nowhere'])
    expect(exitCode).toBe(2)
    expect(existsSync(file)).toBe(false)
  })

  it('removes a setting', async () => {
    keep(JSON.stringify({ account: 'acme', key: KEY }))
    await pika(['config', 'unset', 'account'])
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ key: KEY })
  })

  it('asks no questions if nobody can answer', async () => {
    expect((await pika(['config', 'init'])).exitCode).toBe(2)
  })
})

it('shows too little of a key to use it', () => {
  expect(redact(KEY)).toBe('pika_0123…yz')
  expect(redact('short-secret')).toBe('…')
})
