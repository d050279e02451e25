/** Client secrets let a browser follow one generation without an API key. */
import { ID_FORM } from '../contract/id.ts'

/** What a secret claims. Its MAC shows whether that is true. */
export interface ClientSecret {
  readonly accountId: string
  readonly generationId: string
  readonly expiresAtSeconds: number
  readonly mac: string
}

export const CLIENT_SECRET_SECONDS = 24 * 60 * 60

const FORM = new RegExp(
  `^pcs_(${ID_FORM.account})\\.(${ID_FORM.generation})\\.(\\d{10})\\.([\\w-]{22})$`,
)

export const clientSecretMessage = (generationId: string, expiresAtSeconds: number): string =>
  `${generationId}.${expiresAtSeconds}`

export const formatClientSecret = (secret: ClientSecret): string =>
  `pcs_${secret.accountId}.${secret.generationId}.${secret.expiresAtSeconds}.${secret.mac}`

export const parseClientSecret = (text: string): ClientSecret | undefined => {
  const [, accountId, generationId, expires, mac] = FORM.exec(text) ?? []
  if (accountId === undefined || generationId === undefined) return undefined
  if (expires === undefined || mac === undefined) return undefined
  return { accountId, generationId, expiresAtSeconds: Number(expires), mac }
}

const KEY_ID = 'client_secret:'

/** The key id recorded when a client secret was used. */
export const clientSecretKeyId = (generationId: string): string => KEY_ID + generationId

export const isClientSecretKeyId = (keyId: string): boolean => keyId.startsWith(KEY_ID)
