/** The gateway's secrets. */
import { randomBytes } from 'node:crypto'

export interface Secrets {
  readonly FAL_KEY: string
  readonly ADMIN_KEY: string
  readonly SIGNING_KEY: string
}

/** 32 random bytes, in characters that need no quoting anywhere. */
export const newKey = (): string => randomBytes(32).toString('base64url')
