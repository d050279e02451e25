/** The gateway's three secrets: made afresh, and written to a file. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'

export interface Secrets {
  readonly FAL_KEY: string
  readonly ADMIN_KEY: string
  readonly SIGNING_KEY: string
}

/** 32 random bytes, in letters that need no quoting anywhere. */
export const newKey = (): string => randomBytes(32).toString('base64url')

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
