/** Defaults for every request, which can change while the emulator runs. */

type WebhookMode = 'deliver' | 'hold' | 'off'

/** How the emulated fal behaves. Times are in milliseconds. */
export interface Settings {
  /** Time in the queue. */
  queueMs: number
  /** Time from the start to the video. */
  renderMs: number
  /**
   * `deliver` sends webhooks, `hold` signs them and leaves the sending to the test, `off` drops
   * them.
   */
  webhooks: WebhookMode
  /** Pause before the first retry of a webhook; it doubles with each. */
  webhookRetryMs: number
  /** fal gives a receiver 15 s. */
  webhookTimeoutMs: number
  /** fal comments on an idle stream every 15 s. */
  heartbeatMs: number
  /** How long after a job's acceptance, or its end, the history lists it. */
  historyLagMs: number
  /** Whether the history lists jobs that have not ended. */
  historyQueued: boolean
  /** The share of jobs that the history never lists, 0 to 1. */
  historyUnlisted: number
  /** The most items on a page of the history, whatever the request says. */
  historyPage: number
  /** Whether the history shows the defaults that fal fills in. */
  historyDefaults: boolean
  /** Whether the last item of a page of the history appears on the next page again. */
  historyShifts: boolean
  /** How long after a job's end its charge is reported. */
  billingLagMs: number
  /** Markers for every request, such as `submit=lost`; a prompt's own win. */
  markers: string
}

export const DEFAULT_SETTINGS: Settings = {
  queueMs: 1_000,
  renderMs: 4_000,
  webhooks: 'deliver',
  webhookRetryMs: 5_000,
  webhookTimeoutMs: 15_000,
  heartbeatMs: 15_000,
  historyLagMs: 2_000,
  historyQueued: true,
  historyUnlisted: 0,
  historyPage: 100,
  historyDefaults: true,
  historyShifts: false,
  billingLagMs: 2_000,
  markers: '',
}

const NUMBERS = {
  queue_ms: 'queueMs',
  render_ms: 'renderMs',
  webhook_retry_ms: 'webhookRetryMs',
  webhook_timeout_ms: 'webhookTimeoutMs',
  heartbeat_ms: 'heartbeatMs',
  history_lag_ms: 'historyLagMs',
  history_unlisted: 'historyUnlisted',
  history_page: 'historyPage',
  billing_lag_ms: 'billingLagMs',
} as const
const FLAGS = {
  history_queued: 'historyQueued',
  history_defaults: 'historyDefaults',
  history_shifts: 'historyShifts',
} as const
const MODES: readonly WebhookMode[] = ['deliver', 'hold', 'off']

/** The settings among an emulator's options. */
export function settingsIn(options: Partial<Settings>): Partial<Settings> {
  const isSetting = ([name, value]: [string, unknown]) =>
    Object.hasOwn(DEFAULT_SETTINGS, name) && value !== undefined
  return Object.fromEntries(Object.entries(options).filter(isSetting))
}

/** Reads settings sent to the control endpoint; undefined if any is wrong. */
export function readSettings(asked: Record<string, unknown>): Partial<Settings> | undefined {
  const settings: Partial<Settings> = {}
  for (const [name, value] of Object.entries(asked)) {
    const number = isNameIn(NUMBERS, name) ? NUMBERS[name] : undefined
    const flag = isNameIn(FLAGS, name) ? FLAGS[name] : undefined
    const mode = name === 'webhooks' ? MODES.find((one) => one === value) : undefined
    if (mode !== undefined) settings.webhooks = mode
    else if (name === 'markers' && typeof value === 'string') settings.markers = value
    else if (flag !== undefined && typeof value === 'boolean') settings[flag] = value
    else if (number !== undefined && typeof value === 'number' && value >= 0) {
      settings[number] = value
    } else return undefined
  }
  return settings
}

function isNameIn<Names extends object>(names: Names, name: string): name is keyof Names & string {
  return Object.hasOwn(names, name)
}
