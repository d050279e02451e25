/** Whether a deployment answers, and has learnt its own address. */

export interface DeployCheck {
  readonly url: string
  /** Undefined where the key is not known here. */
  readonly adminKey: string | undefined
  readonly signal: AbortSignal
  readonly retryMs?: number
  readonly maxMs?: number
}

/**
 * Asks `/healthz` until it answers: a new name needs a while to be known everywhere.
 * Then one call with the admin key tells the gateway its public origin, without which
 * fal's webhooks cannot reach it.
 *
 * @returns whether webhooks are on
 */
export const checkDeployment = async (check: DeployCheck): Promise<'on' | 'off'> => {
  await healthOf(check)
  if (check.adminKey !== undefined) {
    const response = await fetch(`${check.url}/v1/models`, {
      headers: { authorization: `Bearer ${check.adminKey}` },
      signal: check.signal,
    })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`the gateway refused its admin key (${response.status})`)
  }
  return (await healthOf(check)).webhooks
}

interface Health {
  readonly webhooks: 'on' | 'off'
}

const healthOf = async (check: DeployCheck): Promise<Health> => {
  const { url, signal, retryMs = 2000, maxMs = 120_000 } = check
  const endMs = Date.now() + maxMs
  for (;;) {
    const seen = await lookOnce(`${url}/healthz`, signal)
    if (typeof seen === 'object') return seen
    signal.throwIfAborted()
    if (Date.now() > endMs) throw new Error(`${url}/healthz does not answer: ${seen}`)
    await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
}

const lookOnce = async (url: string, signal: AbortSignal): Promise<Health | string> => {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(10_000)])
    const response = await fetch(url, { signal: limited })
    const text = await response.text()
    if (!response.ok) return `${response.status} ${text.slice(0, 300)}`
    const health: Health = JSON.parse(text)
    return health
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
