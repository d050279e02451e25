/** `.dev.vars`: the secrets of this checkout, made for it and stored nowhere else. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { DEFAULT_FAL_KEY } from '../src/emulator/index.ts'
import { readSettings } from '../src/worker/settings.ts'
import { newKey, type Secrets } from './secrets.ts'
import { PROJECT } from './wrangler.ts'
import { writeWhole } from './write-whole.ts'

const DEV_VARS = join(PROJECT, '.dev.vars')

/** The file's former values, which everyone could read in the repository. */
const PUBLISHED = new Set(['dev-admin-key', 'dev-signing-key'])

export interface DevVars {
  readonly secrets: Secrets
  /** The secrets that were missing or public, and were made now. */
  readonly made: readonly string[]
}

/**
 * The secrets for `npm start`. Makes the missing ones and writes them to the file, whose other
 * lines stay.
 *
 * @throws if the gateway refuses a key that someone chose
 */
export const readDevVars = (path: string = DEV_VARS): DevVars => {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const { FAL_KEY, ADMIN_KEY, SIGNING_KEY } = parseEnv(text)
  const secrets = {
    FAL_KEY: FAL_KEY || DEFAULT_FAL_KEY,
    ADMIN_KEY: isOurs(ADMIN_KEY) ? ADMIN_KEY : newKey(),
    SIGNING_KEY: isOurs(SIGNING_KEY) ? SIGNING_KEY : newKey(),
  }
  const { misconfigured } = readSettings(secrets)
  if (misconfigured !== null) {
    throw new Error(`${misconfigured}, or remove its line from .dev.vars and npm start makes one`)
  }
  const found = new Map(Object.entries({ FAL_KEY, ADMIN_KEY, SIGNING_KEY }))
  const made = Object.entries(secrets).filter(([name, value]) => found.get(name) !== value)
  if (made.length > 0) {
    // Atomic: the file may hold a fal key that is stored nowhere else.
    writeWhole(path, made.reduce(withLine, text), 0o600)
  }
  return { secrets, made: made.map(([name]) => name) }
}

/** A fal key from the environment, else from .dev.vars. */
export const findFalKey = (): string | undefined => {
  const inFile = existsSync(DEV_VARS) ? parseEnv(readFileSync(DEV_VARS, 'utf8')) : {}
  return process.env['FAL_KEY'] || inFile['FAL_KEY'] || undefined
}

const isOurs = (key: string | undefined): key is string =>
  key !== undefined && key !== '' && !PUBLISHED.has(key)

/** Replaces the lines with that name, or appends one. */
const withLine = (text: string, [name, value]: readonly [string, string]): string => {
  const others = text.replaceAll(new RegExp(`^\\s*(export\\s+)?${name}\\s*=.*\\n?`, 'gm'), '')
  return `${others}${others === '' || others.endsWith('\n') ? '' : '\n'}${name}=${value}\n`
}
