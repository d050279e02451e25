/**
 * fal's platform API: what fal reports about an account, apart from its queue.
 *
 * @see https://fal.ai/docs/platform-apis/v1
 */
import { parseJson, readText } from './body.ts'

export type NoPlatformAnswer =
  /** The key lacks the permission. */
  { readonly type: 'refused' } | { readonly type: 'no_answer' }

export type AskPlatform = ReturnType<typeof createFalPlatform>

const TIMEOUT_MS = 15_000
/** Enough for a hundred of the longest requests that fal may be sent, with their outcomes. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/** Asks the platform API at `apiUrl`. The key is sent only to that origin. Never throws. */
export const createFalPlatform =
  (apiUrl: string, credentials: string) =>
  async (
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<{ readonly type: 'answer'; readonly body: unknown } | NoPlatformAnswer> => {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), TIMEOUT_MS)
    try {
      const url = `${apiUrl.replace(/\/$/, '')}${path}?${new URLSearchParams(query).toString()}`
      const response = await fetch(url, {
        headers: { authorization: `Key ${credentials}`, accept: 'application/json' },
        redirect: 'manual',
        signal: patience.signal,
      })
      const text = await readText(response.body, MAX_ANSWER_BYTES)
      if (response.status === 401 || response.status === 403) return { type: 'refused' }
      return response.status !== 200 || text === null
        ? { type: 'no_answer' }
        : { type: 'answer', body: parseJson(text) }
    } catch {
      return { type: 'no_answer' }
    } finally {
      clearTimeout(timer)
    }
  }
