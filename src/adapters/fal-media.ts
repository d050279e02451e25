/** Fetches fal's files, only from fal's hosts; redirects are not followed. */

/** How long fal may take to begin its answer. */
const PATIENCE_MS = 15_000

export type FalFile =
  | { readonly type: 'file'; readonly response: Response }
  | { readonly type: 'gone' }
  | { readonly type: 'unreachable' }

interface Opening {
  readonly method: 'GET' | 'HEAD'
  readonly range?: string
  /** Ends the whole fetch, its body included. */
  readonly signal?: AbortSignal
}

export type FalMedia = ReturnType<typeof createFalMedia>

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/

/** @param hosts such as `*.fal.media`, and `127.0.0.1:8788`: a host on this machine may use http */
export const createFalMedia = (hosts: readonly string[]) => ({
  open: async (url: string, { method, range, signal }: Opening): Promise<FalFile> => {
    const target = URL.parse(url)
    if (target === null || !isAllowed(target, hosts)) return { type: 'unreachable' }
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), PATIENCE_MS)
    try {
      const response = await fetch(target, {
        method,
        redirect: 'manual',
        signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
        ...(range === undefined ? {} : { headers: { range } }),
      })
      if (response.ok || response.status === 416) return { type: 'file', response }
      await response.body?.cancel()
      return { type: [403, 404, 410].includes(response.status) ? 'gone' : 'unreachable' }
    } catch {
      return { type: 'unreachable' }
    } finally {
      clearTimeout(timer)
    }
  },
})

const isAllowed = ({ protocol, host, hostname }: URL, hosts: readonly string[]): boolean => {
  if (protocol !== 'https:' && !LOOPBACK.test(hostname)) return false
  return hosts.some((one) => (one.startsWith('*.') ? host.endsWith(one.slice(1)) : host === one))
}
