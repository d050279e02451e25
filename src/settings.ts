/** The gateway's settings, read from its variables and checked. */

/** What of the environment is read here: text, or missing. */
export interface Variables {
  readonly FAL_KEY?: string
  readonly ADMIN_KEY?: string
  readonly SIGNING_KEY?: string
  readonly FAL_QUEUE_URL?: string
  readonly FAL_JWKS_URL?: string
  readonly PUBLIC_URL?: string
  readonly START_TIMEOUT_SECONDS?: string
  readonly MAX_AT_FAL?: string
}

export interface Settings {
  readonly queueUrl: string
  readonly jwksUrl: string
  /** Null where none is configured. */
  readonly publicOrigin: string | null
  readonly startTimeoutSeconds: number
  readonly maxAtFal: number
  /** What keeps the gateway from running, for its operator; null when nothing does. */
  readonly misconfigured: string | null
}

const SECRETS = ['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY'] as const

/** Reads the settings. Never throws: what is wrong is told by `misconfigured`. */
export const readSettings = (variables: Variables): Settings => {
  const wrong: string[] = SECRETS.filter((name) => !variables[name]).map(
    (name) => `${name} is not set`,
  )
  const url = (name: 'FAL_QUEUE_URL' | 'FAL_JWKS_URL' | 'PUBLIC_URL', fallback: string): string => {
    const text = variables[name] || fallback
    if (text === '' || /^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text
    wrong.push(`${name} is not an http or https URL`)
    return fallback
  }
  const whole = (name: 'START_TIMEOUT_SECONDS' | 'MAX_AT_FAL', fallback: number, least: number) => {
    const value = Number(variables[name] || fallback)
    if (Number.isInteger(value) && value >= least) return value
    wrong.push(`${name} is not a whole number from ${least} up`)
    return fallback
  }
  const settings = {
    queueUrl: url('FAL_QUEUE_URL', 'https://queue.fal.run'),
    jwksUrl: url('FAL_JWKS_URL', 'https://rest.fal.ai/.well-known/jwks.json'),
    publicOrigin: URL.parse(url('PUBLIC_URL', ''))?.origin ?? null,
    // fal's client refuses a start timeout of a second or less.
    startTimeoutSeconds: whole('START_TIMEOUT_SECONDS', 14_400, 2),
    maxAtFal: whole('MAX_AT_FAL', 100, 1),
  }
  return { ...settings, misconfigured: wrong.length === 0 ? null : wrong.join('; ') }
}
