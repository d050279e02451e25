/**
 * fal's platform API: what fal reports about an account, apart from its queue.
 *
 * @see https://fal.ai/docs/platform-apis/v1
 */
import { parseJson, readAtMost } from './body.ts'

export interface FalPlatformOptions {
  readonly apiUrl: string
  readonly credentials: string
}

export type NoPlatformAnswer =
  /** The key lacks the permission. */
  { readonly type: 'refused' } | { readonly type: 'no_answer' }

/** Never throws. */
export type AskPlatform = (
  path: string,
  query: Readonly<Record<string, string>>,
) => Promise<{ readonly type: 'answer'; readonly body: unknown } | NoPlatformAnswer>

const TIMEOUT_MS = 15_000
/** Enough for a hundred of the longest requests that fal may be sent, with their outcomes. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/** The platform API at `apiUrl`. The key is sent only to that origin. */
export const createFalPlatform = ({ apiUrl, credentials }: FalPlatformOptions): AskPlatform => {
  const ask: AskPlatform = async (path, query) => {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), TIMEOUT_MS)
    try {
      const url = `${apiUrl.replace(/\/$/, '')}${path}?${new URLSearchParams(query).toString()}`
      const response = await fetch(url, {
        headers: { authorization: `Key ${credentials}`, accept: 'application/json' },
        redirect: 'manual',
        signal: patience.signal,
      })
      const bytes = await readAtMost(response.body, MAX_ANSWER_BYTES)
      if (response.status === 401 || response.status === 403) return { type: 'refused' }
      return response.status !== 200 || bytes === null
        ? { type: 'no_answer' }
        : { type: 'answer', body: parseJson(new TextDecoder().decode(bytes)) }
    } finally {
      clearTimeout(timer)
    }
  }
  return (path, query) => ask(path, query).catch(() => ({ type: 'no_answer' }) as const)
}
