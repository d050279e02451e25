/** Makes the gateway's secrets, and writes them to a file. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'

export interface Secrets {
  readonly FAL_KEY: string
  readonly ADMIN_KEY: string
  readonly SIGNING_KEY: string
}

/** 32 random bytes, in characters that need no quoting anywhere. */
export const newKey = (): string => randomBytes(32).toString('base64url')

/**
 * Writes secrets for wrangler, readable only by their owner. As JSON: in the other format wrangler
 * would replace `$NAME` by a variable of the environment.
 */
export const writeSecretsFile = (path: string, secrets: Partial<Secrets>): void =>
  writeFileSync(path, JSON.stringify(secrets), { mode: 0o600 })
