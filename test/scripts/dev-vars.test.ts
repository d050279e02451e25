import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readDevVars } from '../../scripts/dev-vars.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { DEFAULT_FAL_KEY } from '../../src/emulator/index.ts'
import { readSettings } from '../../src/worker/settings.ts'

/** The path of a checkout's .dev.vars, with this content or without a file. */
const devVars = (text?: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-dev-vars-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, '.dev.vars')
  if (text !== undefined) writeFileSync(path, text, { mode: 0o644 })
  return path
}

const MADE = /^[\w-]{43}$/

describe('the development keys', () => {
  test('are created for each checkout, and then stay the same', () => {
    const path = devVars()
    const { secrets, made } = readDevVars(path)
    expect(secrets).toEqual({
      FAL_KEY: DEFAULT_FAL_KEY,
      ADMIN_KEY: expect.stringMatching(MADE),
      SIGNING_KEY: expect.stringMatching(MADE),
    })
    expect(made).toEqual(['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY'])
    expect(parseEnv(readFileSync(path, 'utf8'))).toEqual(secrets)
    expect(readDevVars(path)).toEqual({ secrets, made: [] })
    const others = readDevVars(devVars()).secrets
    const keys = [secrets, others].flatMap((one) => [one.ADMIN_KEY, one.SIGNING_KEY])
    expect(new Set(keys).size).toBe(4)
  })

  test.skipIf(process.platform === 'win32')('can be read only by their owner', () => {
    const path = devVars('ADMIN_KEY=dev-admin-key\n')
    readDevVars(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['that were published with the repository', 'dev-admin-key', 'dev-signing-key'],
    ['that the example leaves empty', '', ''],
  ])('replace those %s, and all other lines stay', (_, admin, signing) => {
    const path = devVars(
      `# mine\nADMIN_KEY=${admin}\nFAL_KEY='id:secret'\nexport SIGNING_KEY="${signing}"\nOTHER=1`,
    )
    const { secrets, made } = readDevVars(path)
    expect(made).toEqual(['ADMIN_KEY', 'SIGNING_KEY'])
    expect(secrets.FAL_KEY).toBe('id:secret')
    expect(readFileSync(path, 'utf8')).toBe(
      `# mine\nFAL_KEY='id:secret'\nOTHER=1\nADMIN_KEY=${secrets.ADMIN_KEY}\nSIGNING_KEY=${secrets.SIGNING_KEY}\n`,
    )
    expect(secrets.ADMIN_KEY).toMatch(MADE)
  })

  test('are kept if somebody chose them, and weak ones are refused with what to do', () => {
    const chosen = 'FAL_KEY=id:secret\nADMIN_KEY=letmein\nSIGNING_KEY=the-key-that-it-signs-with\n'
    const path = devVars(chosen)
    expect(() => readDevVars(path)).toThrow(
      'ADMIN_KEY must have 20 or more ASCII characters and no spaces: make one with ' +
        'openssl rand -hex 32, or remove its line from .dev.vars and npm start makes one',
    )
    expect(readFileSync(path, 'utf8')).toBe(chosen)
    expect(existsSync(`${path}.new`)).toBe(false)
  })
})

test('the example contains no key that a deployment could run with', () => {
  const example = parseEnv(readFileSync(join(PROJECT, '.dev.vars.example'), 'utf8'))
  expect(readSettings(example).misconfigured).toBe(
    'FAL_KEY is not set; ADMIN_KEY is not set; SIGNING_KEY is not set',
  )
})
