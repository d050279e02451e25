/** What opens a generation without an API key: the URL of its video, and a client secret. */
import { ID_FORM } from '../../contract/id.ts'
import type { GenerationRecord } from './generation.ts'

/** What a permit claims. Its signature shows whether that is true. */
export interface Permit {
  readonly accountId: string
  readonly generationId: string
  readonly sig: string
  /** Null if it is valid for good. */
  readonly expiresAtSeconds: number | null
}

/** What the signature covers. */
export const permitMessage = (generationId: string, expiresAtSeconds: number | null): string =>
  expiresAtSeconds === null ? generationId : `${generationId}.${expiresAtSeconds}`

export const videoUrl = (origin: string, permit: Permit): string => {
  const { accountId, generationId, sig, expiresAtSeconds } = permit
  const expires = expiresAtSeconds === null ? '' : `&expires=${expiresAtSeconds}`
  return `${origin}/videos/${accountId}/${generationId}.mp4?sig=${sig}${expires}`
}

/** The URL of a generation's own video; null if it is older than those URLs. */
export const ownVideoUrl = (origin: string, record: GenerationRecord): string | null => {
  const { accountId, id: generationId, videoSig: sig } = record
  if (sig === undefined) return null
  return videoUrl(origin, { accountId, generationId, sig, expiresAtSeconds: null })
}

const SIG = /^[\w-]{22}$/
const EXPIRES = /^\d{10}$/
const PATH = new RegExp(`^/videos/(${ID_FORM.account})/(${ID_FORM.generation})\\.mp4$`)

export const parseVideoAddress = (url: URL): Permit | undefined => {
  const [, accountId, generationId] = PATH.exec(url.pathname) ?? []
  const sig = url.searchParams.get('sig') ?? ''
  const expires = url.searchParams.get('expires')
  if (accountId === undefined || generationId === undefined || !SIG.test(sig)) return undefined
  if (expires !== null && !EXPIRES.test(expires)) return undefined
  const expiresAtSeconds = expires === null ? null : Number(expires)
  return { accountId, generationId, sig, expiresAtSeconds }
}

/** A client secret lets a browser follow one generation for a while. */
type ClientSecret = Permit & { readonly expiresAtSeconds: number }

export const CLIENT_SECRET_SECONDS = 24 * 60 * 60

const CLIENT_SECRET = new RegExp(
  `^pcs_(${ID_FORM.account})\\.(${ID_FORM.generation})\\.(\\d{10})\\.([\\w-]{22})$`,
)

export const formatClientSecret = (secret: ClientSecret): string =>
  `pcs_${secret.accountId}.${secret.generationId}.${secret.expiresAtSeconds}.${secret.sig}`

export const parseClientSecret = (text: string): ClientSecret | undefined => {
  const [, accountId, generationId, expires, sig] = CLIENT_SECRET.exec(text) ?? []
  if (accountId === undefined || generationId === undefined) return undefined
  if (expires === undefined || sig === undefined) return undefined
  return { accountId, generationId, expiresAtSeconds: Number(expires), sig }
}

const KEY_ID = 'client_secret:'

/** The key id recorded when a client secret was used. */
export const clientSecretKeyId = (generationId: string): string => KEY_ID + generationId

export const isClientSecretKeyId = (keyId: string): boolean => keyId.startsWith(KEY_ID)
