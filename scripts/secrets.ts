/** The gateway's three secrets: read from a file, written to one, made afresh. */
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { PROJECT } from './wrangler.ts'

export interface Secrets {
  readonly FAL_KEY: string
  readonly ADMIN_KEY: string
  readonly SIGNING_KEY: string
}

export const DEV_VARS = join(PROJECT, '.dev.vars')

/** 32 random bytes, in letters that need no quoting anywhere. */
export const newKey = (): string => randomBytes(32).toString('base64url')

/** The secrets for `npm start`, from .dev.vars; made from the example where there is none. */
export const readDevVars = (): Secrets => {
  if (!existsSync(DEV_VARS)) copyFileSync(`${DEV_VARS}.example`, DEV_VARS)
  const {
    FAL_KEY = '',
    ADMIN_KEY = '',
    SIGNING_KEY = '',
  } = parseEnv(readFileSync(DEV_VARS, 'utf8'))
  for (const [name, value] of Object.entries({ FAL_KEY, ADMIN_KEY, SIGNING_KEY })) {
    if (value === '') throw new Error(`${name} is missing in .dev.vars; .dev.vars.example shows it`)
  }
  return { FAL_KEY, ADMIN_KEY, SIGNING_KEY }
}

/** A key of fal from the environment, else from .dev.vars. */
export const findFalKey = (): string | undefined => {
  const inFile = existsSync(DEV_VARS) ? parseEnv(readFileSync(DEV_VARS, 'utf8')) : {}
  return process.env['FAL_KEY'] || inFile['FAL_KEY'] || undefined
}

/**
 * Writes secrets for wrangler, readable by their owner alone. As JSON: in the other
 * format wrangler would put variables of the environment in place of `$NAME`.
 */
export const writeSecretsFile = (path: string, secrets: Partial<Secrets>): void =>
  writeFileSync(path, JSON.stringify(secrets), { mode: 0o600 })

/** Writes secrets for `wrangler dev`, which reads no JSON. */
export const writeEnvFile = (path: string, secrets: Secrets): void => {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(path, lines.join(''), { mode: 0o600 })
}
