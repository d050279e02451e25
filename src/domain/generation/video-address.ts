/** A generation's video URL, which carries its own permission. */
import { ID_FORM } from '../../contract/id.ts'
import type { GenerationRecord } from './generation.ts'

/** The path of a video, and the signature that opens it, for good or until it expires. */
export interface VideoAddress {
  readonly accountId: string
  readonly generationId: string
  readonly sig: string
  readonly expiresAtSeconds: number | null
}

export const videoMessage = (generationId: string, expiresAtSeconds: number | null): string =>
  expiresAtSeconds === null ? generationId : `${generationId}.${expiresAtSeconds}`

export const videoUrl = (origin: string, address: VideoAddress): string => {
  const { accountId, generationId, sig, expiresAtSeconds } = address
  const expires = expiresAtSeconds === null ? '' : `&expires=${expiresAtSeconds}`
  return `${origin}/videos/${accountId}/${generationId}.mp4?sig=${sig}${expires}`
}

/** The URL of a generation's own video; null if it is older than those URLs. */
export const ownVideoUrl = (origin: string, record: GenerationRecord): string | null => {
  const { accountId, id: generationId, videoSig: sig } = record
  if (sig === undefined) return null
  return videoUrl(origin, { accountId, generationId, sig, expiresAtSeconds: null })
}

/** The video at a generation's URL: its own, or the late one. */
export const videoOf = ({ video, failure }: GenerationRecord) => video ?? failure?.lateVideo ?? null

const SIG = /^[\w-]{22}$/
const EXPIRES = /^\d{10}$/
const PATH = new RegExp(`^/videos/(${ID_FORM.account})/(${ID_FORM.generation})\\.mp4$`)

export const parseVideoAddress = (url: URL): VideoAddress | undefined => {
  const [, accountId, generationId] = PATH.exec(url.pathname) ?? []
  const sig = url.searchParams.get('sig') ?? ''
  const expires = url.searchParams.get('expires')
  if (accountId === undefined || generationId === undefined || !SIG.test(sig)) return undefined
  if (expires !== null && !EXPIRES.test(expires)) return undefined
  const expiresAtSeconds = expires === null ? null : Number(expires)
  return { accountId, generationId, sig, expiresAtSeconds }
}
