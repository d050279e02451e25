/** Checks that a deployment answers and knows its own origin. */

/** Injected, so that tests need not wait. */
export interface CheckWorld {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly nowMs: () => number
  readonly wait: (ms: number) => Promise<void>
}

export interface DeployCheck {
  readonly url: string
  /** Empty if the key is not known here. */
  readonly adminKey: string
  readonly signal: AbortSignal
  /** Called with what was seen instead of an answer, whenever that changes. */
  readonly onUnanswered: (seen: string) => void
}

/** A new name may take minutes to resolve everywhere. */
const MAX_WAIT_MS = 10 * 60_000
const RETRY_MS = 2000
const LOOK_TIMEOUT_MS = 10_000

/**
 * Calls the gateway until it answers. One call with the admin key shows it its public origin,
 * without which fal's webhooks cannot reach it.
 *
 * @returns whether webhooks are on; undefined if it did not answer within ten minutes
 * @throws if the gateway refuses the admin key
 */
export const checkDeployment = async (
  check: DeployCheck,
  world: CheckWorld,
): Promise<'on' | 'off' | undefined> => {
  const endMs = world.nowMs() + MAX_WAIT_MS
  let last: string | undefined
  while (world.nowMs() < endMs) {
    const seen = await lookOnce(check, world)
    if (seen.ok) {
      const { webhooks }: { webhooks: 'on' | 'off' } = JSON.parse(seen.text)
      return webhooks
    }
    check.signal.throwIfAborted()
    const words = `${seen.status} ${seen.text}`.trim()
    if (words !== last) check.onUnanswered(words)
    last = words
    await world.wait(RETRY_MS)
  }
  return undefined
}

/** The answer of `/healthz`, or what was seen in its place. */
const lookOnce = async ({ url, signal, adminKey }: DeployCheck, world: CheckWorld) => {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)])
      const response = await world.fetch(url + path, { headers, signal: limited })
      const text = (await response.text()).slice(0, 300)
      return { ok: response.ok, status: response.status, text }
    } catch (error) {
      // Node's fetch gives the reason only in the cause, such as an unknown host name.
      const { cause = error } = Object(error)
      return { ok: false, status: '', text: cause instanceof Error ? cause.message : String(cause) }
    }
  }
  const health = await get('/healthz')
  if (!health.ok || adminKey === '') return health
  const asAdmin = await get('/v1/models', { authorization: `Bearer ${adminKey}` })
  if (asAdmin.status === 401) throw new Error(`the gateway refused its admin key: ${asAdmin.text}`)
  return asAdmin.ok ? get('/healthz') : asAdmin
}
