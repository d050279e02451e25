/** What holds for every request that does not say otherwise, changeable while the emulator runs. */

type WebhookMode = 'deliver' | 'hold' | 'off'

export interface Settings {
  /** Wait in line. */
  queueMs: number
  /** Time from the start to the video. */
  renderMs: number
  /**
   * `deliver` sends webhooks, `hold` signs them and leaves the sending to the test, `off` forgets
   * them.
   */
  webhooks: WebhookMode
  /** Pause before the first retry of a webhook; it doubles with each. */
  webhookRetryMs: number
  /** fal gives a receiver 15 s. */
  webhookTimeoutMs: number
  /** fal comments on an idle stream every 15 s. */
  heartbeatMs: number
}

export const DEFAULT_SETTINGS: Settings = {
  queueMs: 1_000,
  renderMs: 4_000,
  webhooks: 'deliver',
  webhookRetryMs: 5_000,
  webhookTimeoutMs: 15_000,
  heartbeatMs: 15_000,
}

const NUMBERS: Record<string, Exclude<keyof Settings, 'webhooks'>> = {
  queue_ms: 'queueMs',
  render_ms: 'renderMs',
  webhook_retry_ms: 'webhookRetryMs',
  webhook_timeout_ms: 'webhookTimeoutMs',
  heartbeat_ms: 'heartbeatMs',
}
const MODES: readonly WebhookMode[] = ['deliver', 'hold', 'off']

/** Reads settings as the control endpoint takes them; undefined when any is wrong. */
export function readSettings(asked: Record<string, unknown>): Partial<Settings> | undefined {
  const settings: Partial<Settings> = {}
  for (const [name, value] of Object.entries(asked)) {
    const number = NUMBERS[name]
    const mode = name === 'webhooks' ? MODES.find((one) => one === value) : undefined
    if (mode !== undefined) settings.webhooks = mode
    else if (number !== undefined && typeof value === 'number' && value >= 0) {
      settings[number] = value
    } else return undefined
  }
  return settings
}
