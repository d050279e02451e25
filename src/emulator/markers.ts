/**
 * Markers: how a prompt tells the emulator what to do with its own request.
 *
 * The syntax is `[emulator: name=value name=value]`, anywhere in the prompt. An unknown name or
 * value is rejected at submit, since a marker that is silently ignored makes a test pass for the
 * wrong reason.
 */

export const SUBMIT_BEHAVIOURS = [
  'ok',
  '503_before',
  '503_before_id',
  '500_before',
  '500_after',
  '502_after',
  '503_after',
  '504_after',
  '500_after_no_id',
  '502_after_no_id',
  '503_after_no_id',
  '504_after_no_id',
  '500_after_inner_id',
  '502_after_inner_id',
  '503_after_inner_id',
  '504_after_inner_id',
  '429',
  'locked',
  'unauthorized',
  'lost',
  'reset',
  'hang',
  'no_id',
  'malformed',
  'redirect',
] as const
export type SubmitBehaviour = (typeof SUBMIT_BEHAVIOURS)[number]

const WEBHOOK_BEHAVIOURS = [
  'ok',
  'lost',
  'doubled',
  'late',
  'early',
  'out_of_order',
  'forged',
  'forged_first',
  'stale',
  'wrong_id',
  'other_user',
] as const
export type WebhookBehaviour = (typeof WEBHOOK_BEHAVIOURS)[number]

const CANCEL_BEHAVIOURS = ['confirmed', 'gone', 'ignored'] as const
export type CancelBehaviour = (typeof CANCEL_BEHAVIOURS)[number]

const HISTORY_BEHAVIOURS = ['listed', 'never', 'late'] as const
type HistoryBehaviour = (typeof HISTORY_BEHAVIOURS)[number]

/** The markers of one request; the settings decide the rest. */
export interface Markers {
  queueMs?: number | undefined
  renderMs?: number | undefined
  queuePosition?: number | undefined
  submitMs?: number | undefined
  submit?: SubmitBehaviour | undefined
  outcome?: string | undefined
  webhooks?: WebhookBehaviour[] | undefined
  /** How long after the job's end the hook comes. */
  webhookLateMs?: number | undefined
  /** How long status still says IN_PROGRESS after an `out_of_order` hook. */
  statusLagMs?: number | undefined
  cancel?: CancelBehaviour | undefined
  cancelWebhook?: boolean | undefined
  billableUnits?: number | undefined
  billed?: boolean | undefined
  /** The charge, in US dollars. */
  billUsd?: number | undefined
  history?: HistoryBehaviour | undefined
  /** How long after its acceptance, or its end, the history lists it. */
  historyLateMs?: number | undefined
}

type MarkersRead = { ok: true; markers: Markers } | { ok: false; message: string }

const MARKER = /\[emulator:([^\]]*)\]/gi
const DEFAULT_LATE_MS = 5_000
const DEFAULT_STATUS_LAG_MS = 3_000

/** Reads every marker in a prompt; later ones win. `outcomes` are the values of `outcome`. */
export function readMarkers(prompt: string, outcomes: readonly string[]): MarkersRead {
  const markers: Markers = {}
  for (const [, body = ''] of prompt.matchAll(MARKER)) {
    for (const pair of body.split(/\s+/).filter((word) => word !== '')) {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      if (!apply(markers, name, value, outcomes)) {
        return { ok: false, message: `The emulator does not know the marker ${pair}` }
      }
    }
  }
  return { ok: true, markers }
}

/** False if the marker is unknown. */
function apply(
  markers: Markers,
  name: string,
  value: string,
  outcomes: readonly string[],
): boolean {
  switch (name) {
    case 'queue_ms':
      markers.queueMs = wholeNumber(value)
      return markers.queueMs !== undefined
    case 'render_ms':
      markers.renderMs = wholeNumber(value)
      return markers.renderMs !== undefined
    case 'queue_position':
      markers.queuePosition = wholeNumber(value)
      return markers.queuePosition !== undefined
    case 'submit_ms':
      markers.submitMs = wholeNumber(value)
      return markers.submitMs !== undefined
    case 'submit':
      markers.submit = oneOf(SUBMIT_BEHAVIOURS, value)
      return markers.submit !== undefined
    case 'outcome':
      markers.outcome = oneOf(outcomes, value)
      return markers.outcome !== undefined
    case 'webhook':
      return applyWebhook(markers, value)
    case 'cancel':
      markers.cancel = oneOf(CANCEL_BEHAVIOURS, value)
      return markers.cancel !== undefined
    case 'cancel_webhook':
      markers.cancelWebhook = trueOrFalse(value)
      return markers.cancelWebhook !== undefined
    case 'billable_units':
      markers.billableUnits = decimal(value)
      return markers.billableUnits !== undefined
    case 'billed':
      markers.billed = trueOrFalse(value)
      return markers.billed !== undefined
    case 'bill_usd':
      markers.billUsd = decimal(value)
      return markers.billUsd !== undefined
    case 'history':
      return applyHistory(markers, value)
    default:
      return false
  }
}

/** `ok`, or several separated by commas: `late:5000,doubled`. */
function applyWebhook(markers: Markers, value: string): boolean {
  markers.webhooks = []
  for (const word of value.split(',')) {
    const [name = '', argument] = word.split(':')
    const behaviour = oneOf(WEBHOOK_BEHAVIOURS, name)
    if (behaviour === undefined) return false
    const takesMs = behaviour === 'late' || behaviour === 'out_of_order'
    const ms = argument === undefined ? undefined : wholeNumber(argument)
    if (argument !== undefined && (!takesMs || ms === undefined)) return false
    if (behaviour === 'late') markers.webhookLateMs = ms ?? DEFAULT_LATE_MS
    if (behaviour === 'out_of_order') markers.statusLagMs = ms ?? DEFAULT_STATUS_LAG_MS
    markers.webhooks.push(behaviour)
  }
  return true
}

/** `listed`, `never`, or `late:5000`. */
function applyHistory(markers: Markers, value: string): boolean {
  const [name = '', argument] = value.split(':')
  markers.history = oneOf(HISTORY_BEHAVIOURS, name)
  markers.historyLateMs = argument === undefined ? undefined : wholeNumber(argument)
  if (markers.history === undefined) return false
  return (markers.history === 'late') === (markers.historyLateMs !== undefined)
}

function wholeNumber(value: string): number | undefined {
  return /^\d{1,12}$/.test(value) ? Number(value) : undefined
}

function decimal(value: string): number | undefined {
  return /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : undefined
}

function trueOrFalse(value: string): boolean | undefined {
  return value === 'true' ? true : value === 'false' ? false : undefined
}

function oneOf<Name extends string>(names: readonly Name[], value: string): Name | undefined {
  return names.find((name) => name === value)
}
