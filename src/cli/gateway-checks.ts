/** What the doctor asks the gateway: whether it answers, knows the key, and would take work. */
import { PikaError } from '../client/index.ts'
import type { HealthReason } from '../contract/health.ts'
import { connectionWords } from './connection-words.ts'
import { type Finding, ok, skipped, warning, wrong } from './finding.ts'
import type { Session } from './session.ts'
import { tell } from './tell.ts'
import { duration, clockTime, usd } from './words.ts'

const MAX_ANSWER_MS = 10_000
/** Signatures and client secrets are minutes, not seconds, away from being refused. */
const MAX_SKEW_MS = 60_000
const SOON_MS = 7 * 24 * 3_600_000

/** What is wrong beyond the gateway, and what its operator does about it. */
const TROUBLES: readonly (readonly [HealthReason, check: string, detail: string, fix: string])[] = [
  [
    'fal_account_changed',
    'fal account',
    'fal does not know its own jobs: the key may belong to another fal account',
    'The operator restores the old FAL_KEY until the open generations have ended.',
  ],
  [
    'history_refused',
    'fal history',
    "the key may not read fal's request history: a lost answer may stay lost",
    'The operator makes a new API key at fal.',
  ],
  [
    'billing_refused',
    'fal billing',
    'fal does not say what it charged: costs come from the price table',
    'FAL_BILLING_KEY must be an admin key of fal.',
  ],
]

/** Whether a gateway answers there at all, and how it is set up. */
export const checkConnection = async (url: string, signal: AbortSignal): Promise<Finding[]> => {
  const startedMs = Date.now()
  let response: Response
  try {
    response = await fetch(`${url}/healthz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(MAX_ANSWER_MS)]),
    })
  } catch (error) {
    signal.throwIfAborted()
    return [wrong('connection', connectionWords(error), fixConnection(url))]
  }
  const tookMs = Date.now() - startedMs
  const text = await response.text().catch(() => '')
  const health = readHealth(text)
  if (health.code === 'not_configured') {
    return [wrong('gateway', health.detail ?? 'not configured', 'Its operator must set it up.')]
  }
  if (!response.ok || !(health.status === 'ok' || health.status === 'degraded')) {
    const detail = `${response.status}, and not from a gateway`
    return [wrong('connection', detail, 'Check the URL: something else answers there.')]
  }
  return [
    ok('connection', `answers in ${tookMs} ms`),
    health.webhooks === 'on'
      ? ok('webhooks', 'fal can call the gateway')
      : warning(
          'webhooks',
          "fal cannot call the gateway: it polls, and finds lost answers only in fal's history",
          'The operator sets PUBLIC_URL.',
        ),
    ...TROUBLES.flatMap(([code, check, detail, fix]) =>
      health.reasons?.some((reason) => reason.code === code) === true
        ? [warning(check, detail, fix)]
        : [],
    ),
    checkClock(response.headers.get('date'), startedMs + tookMs / 2),
  ]
}

const fixConnection = (url: string): string =>
  new URL(url).hostname === '127.0.0.1'
    ? "Start it with 'npm start', or name another with --url or 'pika-edge config set url'."
    : 'Check the URL, the network and the certificate.'

const checkClock = (date: string | null, nowMs: number): Finding => {
  const theirsMs = Date.parse(date ?? '')
  if (Number.isNaN(theirsMs)) return skipped('clock', 'the gateway sends no Date header')
  const skewMs = nowMs - theirsMs
  return Math.abs(skewMs) > MAX_SKEW_MS
    ? warning(
        'clock',
        `${duration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} the gateway's`,
        "Set this machine's clock: times are shown wrong.",
      )
    : ok('clock', 'agrees with the gateway')
}

/** Whoever has no valid key can make none. */
const NEW_KEY =
  'Check it for a typo, or ask whoever runs the gateway for a new one. On this machine it is the ADMIN_KEY in .dev.vars.'

/** Whose key it is, what it may do, and how long it lasts. */
export const checkKey = async ({ ask, api }: Session): Promise<Finding[]> => {
  try {
    const { account_id, name, scopes, expires_at } = await ask((call) => api.me.$get({}, call))
    const who = ok('known as', `“${name}”, for the account ${account_id}`)
    const missing = (['generations:read', 'generations:write'] as const).filter(
      (scope) => !scopes.includes(scope),
    )
    const may =
      missing.length === 0
        ? ok('scopes', scopes.join(', '))
        : warning('scopes', `lacks ${missing.join(', ')}`, 'Ask for a key with them.')
    const leftMs = expires_at === null ? Infinity : Date.parse(expires_at) - Date.now()
    const lasts =
      expires_at !== null && leftMs < SOON_MS
        ? [warning('expiry', `expires ${clockTime(expires_at)}`, 'Get a new key soon.')]
        : []
    return [who, may, ...lasts]
  } catch (error) {
    return [refused('known as', error, NEW_KEY)]
  }
}

/** Whether the cheapest video would be let in now. */
export const checkBudget = async ({ ask, api }: Session): Promise<Finding[]> => {
  try {
    const json = { prompt: 'Any prompt' }
    const { cost, limits, open, admissible } = await ask((call) =>
      api.generations.estimate.$post({ json }, call),
    )
    const over = limits.filter((limit) => limit.exceeded)
    const fewest = limits.toSorted((a, b) => a.left_usd - b.left_usd)[0]
    if (over.length > 0) {
      return over.map(({ limit, left_usd, resets_at }) =>
        wrong(
          'budget',
          `${limit}: ${usd(left_usd)} left, a video costs ${usd(cost.estimated_usd)}`,
          `Wait until ${clockTime(resets_at)}, or ask somebody with an admin key to raise it.`,
        ),
      )
    }
    const budget = ok(
      'budget',
      fewest === undefined ? 'no limit' : `${fewest.limit}: ${usd(fewest.left_usd)} left`,
    )
    if (open.exceeded) {
      const detail = `${open.now} generations are open, ${open.max} may be`
      return [budget, warning('work', detail, 'Wait until some have ended.')]
    }
    return admissible
      ? [budget, ok('work', `accepted; ${open.now} of ${open.max} open`)]
      : [budget, wrong('work', 'the operator has switched new generations off', 'Try later.')]
  } catch (error) {
    return [refused('budget', error, 'Ask for a key with generations:read.')]
  }
}

/** Whether fal takes requests, and what is on hold. */
export const checkProvider = async ({ ask, api }: Session): Promise<Finding[]> => {
  try {
    const { open, provider } = await ask((call) => api.usage.$get(undefined, call))
    const onHold = `${open.unsent} wait to be sent, ${open.unconfirmed} for confirmation`
    if (provider.since !== null) {
      const detail = `fal has taken nothing since ${clockTime(provider.since)}; ${onHold}`
      return [warning('fal', detail, 'Nothing is lost: what waits is sent once fal is back.')]
    }
    return [ok('fal', `takes requests; ${onHold}`)]
  } catch (error) {
    return [refused('fal', error, 'Ask for a key with generations:read.')]
  }
}

const refused = (check: string, error: unknown, fix: string): Finding => {
  const lines = tell(error)?.lines ?? []
  const isAboutKey = error instanceof PikaError && error.status !== undefined && error.status < 500
  return wrong(check, lines[0] ?? '', isAboutKey ? fix : 'Try later.')
}

interface Health {
  readonly status?: unknown
  readonly webhooks?: unknown
  readonly reasons?: readonly { readonly code?: unknown }[]
  readonly code?: unknown
  readonly detail?: string
}

const readHealth = (text: string): Health => {
  try {
    const health: Health | null = JSON.parse(text)
    return health ?? {}
  } catch {
    return {}
  }
}
