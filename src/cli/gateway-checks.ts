/** The doctor's checks of the gateway: its answer, the key, the budget, and fal. */
import { PikaError } from '../client/index.ts'
import type { Health, HealthReason } from '../contract/health.ts'
import type { Problem } from '../contract/problem-document.ts'
import { duration, HEALTH_WORDS, usd } from '../contract/words.ts'
import { connectionWords } from './calls.ts'
import { type Finding, ok, skipped, warning, wrong } from './finding.ts'
import type { Session } from './session.ts'
import { tell } from './tell.ts'
import { clockTime } from './words.ts'

const MAX_ANSWER_MS = 10_000
/** Less is harmless: signatures and client secrets tolerate minutes. */
const MAX_SKEW_MS = 60_000
const SOON_MS = 7 * 24 * 3_600_000

/** Problems between the gateway and fal, and what the operator does about them. */
const TROUBLES: Readonly<Partial<Record<HealthReason, readonly [check: string, fix: string]>>> = {
  fal_account_changed: [
    'fal account',
    'The operator restores the old FAL_KEY until the open generations have ended.',
  ],
  history_refused: ['fal history', 'The operator makes a new API key at fal.'],
  billing_refused: ['fal billing', 'FAL_BILLING_KEY must be a fal admin key.'],
}

const NO_WEBHOOKS = warning(
  'webhooks',
  "fal cannot call the gateway: it polls, and finds lost answers only in fal's history",
  'The operator sets PUBLIC_URL.',
)

type Told = Partial<Health> & Partial<Pick<Problem, 'code' | 'detail'>>

export const checkConnection = async (url: string, stop: AbortSignal): Promise<Finding[]> => {
  const startedMs = Date.now()
  const signal = AbortSignal.any([stop, AbortSignal.timeout(MAX_ANSWER_MS)])
  let response: Response
  try {
    response = await fetch(`${url}/healthz`, { signal })
  } catch (error) {
    stop.throwIfAborted()
    const fix =
      new URL(url).hostname === '127.0.0.1'
        ? "Start it with 'npm start', or name another with --url or 'pika-edge config set url'."
        : 'Check the URL, the network and the certificate.'
    return [wrong('connection', connectionWords(error), fix)]
  }
  const tookMs = Date.now() - startedMs
  const body: unknown = await response.json().catch(() => ({}))
  const { status, webhooks, reasons = [], code, detail } = Object(body) as Told
  if (code === 'not_configured') {
    return [wrong('gateway', detail ?? 'not configured', 'Its operator must set it up.')]
  }
  if (!response.ok || !(status === 'ok' || status === 'degraded')) {
    const what = `${response.status}, but not from a gateway`
    return [wrong('connection', what, 'Check the URL: something else answers there.')]
  }
  return [
    ok('connection', `answers in ${tookMs} ms`),
    webhooks === 'on' ? ok('webhooks', 'fal can call the gateway') : NO_WEBHOOKS,
    ...reasons.flatMap(({ code }) => {
      const [check, fix] = TROUBLES[code] ?? []
      return check && fix ? [warning(check, HEALTH_WORDS[code], fix)] : []
    }),
    checkClock(response.headers.get('date'), startedMs + tookMs / 2),
  ]
}

const checkClock = (date: string | null, nowMs: number): Finding => {
  const skewMs = nowMs - Date.parse(date ?? '')
  if (Number.isNaN(skewMs)) return skipped('clock', 'the gateway sends no Date header')
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return ok('clock', 'agrees with the gateway')
  const side = skewMs > 0 ? 'ahead of' : 'behind'
  const detail = `${duration(Math.abs(skewMs))} ${side} the gateway's`
  return warning('clock', detail, "Set this machine's clock: times are shown wrong.")
}

/** A caller without a valid key cannot make one. */
const NEW_KEY =
  'Check it for a typo, or ask whoever runs the gateway for a new one. On this machine it is the ADMIN_KEY in .dev.vars.'
const READING_KEY = 'Ask for a key with generations:read.'

const checkKey = async ({ ask, api }: Session): Promise<Finding[]> => {
  const { account_id, name, scopes, expires_at } = await ask(api.me.$get, {})
  const missing = (['generations:read', 'generations:write'] as const).filter(
    (scope) => !scopes.includes(scope),
  )
  const endsSoon = expires_at !== null && Date.parse(expires_at) - Date.now() < SOON_MS
  return [
    ok('known as', `“${name}”, for the account ${account_id}`),
    missing.length === 0
      ? ok('scopes', scopes.join(', '))
      : warning('scopes', `lacks ${missing.join(', ')}`, 'Ask for a key with them.'),
    ...(endsSoon
      ? [warning('expiry', `expires ${clockTime(expires_at)}`, 'Get a new key soon.')]
      : []),
  ]
}

/** Whether the gateway would accept the cheapest video now. */
const checkBudget = async ({ ask, api }: Session): Promise<Finding[]> => {
  const json = { prompt: 'Any prompt' }
  const { cost, limits, open, admissible } = await ask(api.generations.estimate.$post, { json })
  const over = limits.filter((limit) => limit.exceeded)
  if (over.length > 0) {
    const price = usd(cost.estimated_usd)
    return over.map(({ limit, left_usd, resets_at }) => {
      const fix = `Wait until ${clockTime(resets_at)}, or ask someone with an admin key to raise it.`
      return wrong('budget', `${limit}: ${usd(left_usd)} left, a video costs ${price}`, fix)
    })
  }
  const [least] = limits.toSorted((a, b) => a.left_usd - b.left_usd)
  const full = `${open.now} generations are open, the limit is ${open.max}`
  return [
    ok('budget', least ? `${least.limit}: ${usd(least.left_usd)} left` : 'no limit'),
    open.exceeded
      ? warning('work', full, 'Wait until some have ended.')
      : admissible
        ? ok('work', `new generations are accepted; ${open.now} of ${open.max} are open`)
        : wrong('work', 'the operator has switched new generations off', 'Try later.'),
  ]
}

/** Whether fal takes requests, and how many generations wait. */
const checkProvider = async ({ ask, api }: Session): Promise<Finding[]> => {
  const { open, provider } = await ask(api.usage.$get, {})
  const onHold = `${open.unsent} wait to be sent, ${open.unconfirmed} for confirmation`
  if (provider.since === null) return [ok('fal', `takes requests; ${onHold}`)]
  const detail = `fal has taken nothing since ${clockTime(provider.since)}; ${onHold}`
  return [warning('fal', detail, 'Nothing is lost: they are sent once fal is back.')]
}

/** Each with what to do if the key is refused. */
const CHECKS = [
  ['known as', checkKey, NEW_KEY],
  ['budget', checkBudget, READING_KEY],
  ['fal', checkProvider, READING_KEY],
] as const

/** What the gateway tells the holder of the key. Nothing more is asked if it refuses the key. */
export const checkAccount = async (session: Session): Promise<Finding[]> => {
  const findings: Finding[] = []
  for (const [check, look, fix] of CHECKS) {
    const found = await look(session).catch((error: unknown) => {
      const isRefused = error instanceof PikaError && [401, 403].includes(error.status ?? 0)
      return [wrong(check, tell(error)?.lines[0] ?? '', isRefused ? fix : 'Try later.')]
    })
    findings.push(...found)
    if (findings[0]?.state !== 'ok') break
  }
  return findings
}
