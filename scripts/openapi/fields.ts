/** What each field means. Text, or a text with what a zod check cannot say as JSON Schema. */
import type { ComponentName } from './components.ts'
import type { Schema } from './types.ts'

type FieldText = string | (Schema & { description: string })
type Fields = Readonly<Record<string, FieldText>>

const day = (description: string) => ({ description, format: 'date', examples: ['2026-11-23'] })
const usd = (what: string): string => `US dollars${what === '' ? '' : `: ${what}`}.`

const INPUT: Fields = {
  prompt: {
    description: 'What the video should show. Not empty.',
    pattern: '\\S',
    examples: ['Sunlight on a slow river'],
  },
  negative_prompt:
    "What it should not show. Sent only when given: leaving it out takes the model's own default, an empty string overrides it.",
  seed: 'The same seed and input give a similar video. 0 is a seed too. Sent only when given.',
  aspect_ratio: 'Width to height.',
  resolution: 'What the price depends on, together with `duration`.',
}

const DURATION: Fields = {
  duration: { description: 'Seconds. Both the number and its text are taken.', default: 5 },
}
const NORMALISED: Fields = {
  ...INPUT,
  duration: { description: 'Seconds.', type: 'integer', enum: [5, 10] },
}
const METADATA: Fields = {
  metadata: {
    description: 'Up to 16 pairs that are kept beside the generation, and never sent to fal.',
    maxProperties: 16,
    examples: [{ order: '4711' }],
  },
}

/** Every variant of a generation has these, some of them as null alone. */
const GENERATION: Fields = {
  id: {
    description: 'Sorts by time, and needs no escaping.',
    pattern: '^gen_[0-9a-hjkmnp-tv-z]{26}$',
  },
  object: 'Always `generation`.',
  status: 'Where it is. `completed`, `failed` and `canceled` are final and never change.',
  model: 'The one model that this gateway serves.',
  fal_request_id: "fal's own id; null until fal has taken the request.",
  unconfirmed:
    'True while the request has been sent and its answer was lost. It is never sent again: it stays open until fal tells by webhook, or its deadline passes.',
  input: 'The input as it is sent to fal, defaults filled in.',
  cost: 'What it costs.',
  retry_of: 'The generation that this one retries.',
  schedule_id: 'The schedule that asked for it.',
  metadata: 'Your own pairs, as they were given.',
  created_at: 'When it was asked for.',
  started_at: 'When the model began to render, as far as fal said.',
  finished_at: 'When it ended.',
  cancel_requested_at: "When canceling was asked for. The status changes with fal's verdict alone.",
  queue_position: "Its place in fal's queue, 0 being next; null where fal has not said.",
  expected_seconds:
    'How long past generations of its kind took from sent to finished: the median and the 90th percentile, in seconds. Null while too few are known.',
  'expected_seconds.p50': 'Half of them took no longer than this.',
  'expected_seconds.p90': 'Nine in ten took no longer than this.',
  video: 'The video. Never null once it is completed, and null until then.',
  error: 'Why it failed. Null unless it did.',
}

const EVENT: Fields = {
  id: {
    description: 'Numbered from 1 within the generation, without gaps. The `id` of the SSE event.',
    minimum: 1,
  },
  generation_id: 'The generation that it happened to.',
  created_at: 'When it happened.',
  type: 'What happened. The `event` of the SSE event.',
}

const LIMIT: Fields = {
  limit: {
    description: 'Which one.',
    examples: ['account_daily', 'account_monthly', 'key_daily', 'key_monthly'],
  },
  limit_usd: usd('how much it allows'),
  spent_usd: usd('charged, reserved and unknown together'),
  left_usd: usd('what is left'),
  resets_at: 'When it starts afresh, by the time zone of the account.',
}

const SUMS: Fields = {
  generations: 'How many.',
  charged_usd: usd('paid'),
  reserved_usd: usd('held for what is still open'),
  unknown_usd: usd('may have been paid, nobody could tell; it counts against budgets'),
  released_usd: usd('reserved once, and given back'),
}
const under = (path: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, text]) => [`${path}.${name}`, text]))

const KEY: Fields = {
  id: 'Names the key; it is not the key.',
  object: 'Always `key`.',
  account_id: 'The account that it acts for.',
  name: 'What it was called.',
  prefix: 'The first characters of the key, to tell keys apart.',
  scopes: 'What it may do.',
  state: 'Only an active key opens anything.',
  daily_budget_usd: usd('what it may spend a day; null: as much as the account'),
  monthly_budget_usd: usd('what it may spend a month; null: as much as the account'),
  created_at: 'When it was made.',
  expires_at: 'When it ends by itself; null: never.',
  revoked_at: 'When it was revoked.',
  last_used_at: 'When it was last used, to the hour.',
}

const MODEL: Fields = {
  id: 'The name of the model at fal.',
  object: 'Always `model`.',
  input: 'What may be asked for.',
  ...Object.fromEntries(
    ['prompt', 'negative_prompt', 'seed'].flatMap((field) => [
      [`input.${field}`, `The field \`${field}\`.`],
      [`input.${field}.required`, 'Whether it must be given.'],
      [`input.${field}.note`, 'What to know of it.'],
    ]),
  ),
  ...Object.fromEntries(
    ['aspect_ratio', 'resolution', 'duration'].flatMap((field) => [
      [`input.${field}`, `The field \`${field}\`.`],
      [`input.${field}.values`, 'What it may be.'],
      [`input.${field}.default`, 'What it is when left out. It is always sent.'],
    ]),
  ),
  'input.duration.unit': 'What the numbers count.',
  prices: 'What a video costs.',
  'prices[].resolution': 'At this resolution.',
  'prices[].duration': 'For this many seconds.',
  'prices[].usd': usd('the price'),
}

const FAL_STATUS: Fields = {
  request_id: 'The id of the generation.',
  status: 'What fal has no word for, a failure, is `COMPLETED` with an `error`.',
  queue_position: 'Its place in the queue, 0 being next.',
  logs: 'What the model wrote while it rendered; null unless `logs=1` asked for it.',
  metrics: 'What was measured.',
  'metrics.inference_time': 'Seconds of rendering; null where that is not known.',
  error: 'Why it failed or was canceled.',
  error_type: "fal's name for that.",
}

const LIST: Fields = { object: 'Always `list`.', data: 'What was asked for.' }
const PAGE: Fields = {
  ...LIST,
  has_more: 'Whether older ones follow.',
  next_cursor: 'Send it as `cursor` for the next page; null on the last one.',
}

/** A path is `field`, `field.inner`, or `field[].inner` for what a list holds. */
export const FIELDS: Readonly<Record<ComponentName, Fields>> = {
  GenerationRequest: { ...INPUT, ...DURATION, ...METADATA },
  EstimateRequest: {
    ...INPUT,
    ...DURATION,
    metadata: 'Taken, so that the same body can be estimated and sent, and not looked at.',
  },
  FalInput: { ...INPUT, ...DURATION },
  NormalisedInput: NORMALISED,
  RetryRequest: {
    accept_double_charge:
      'Retry although the first attempt may have been paid for: one whose cost is `unknown`.',
  },
  KeyRequest: {
    account_id: 'The account that the key acts for. It begins to exist with its first key.',
    name: 'What to call it.',
    scopes: 'What it may do. A key grants at most its own scopes.',
    expires_at: 'When it ends by itself. Without it, never.',
    daily_budget_usd: usd("what it may spend a day, beside the account's own budget"),
    monthly_budget_usd: usd("what it may spend a month, beside the account's own budget"),
  },
  AccountUpdate: {
    daily_budget_usd: usd('what may be spent a day; null takes the limit away'),
    monthly_budget_usd: usd('what may be spent a month; null takes the limit away'),
    time_zone: {
      description: 'Whose midnight a day begins at: the IANA name of a time zone.',
      examples: ['Europe/Paris'],
    },
    max_open: 'How many generations may be open at a time.',
  },
  FalWebhook: {
    request_id: "fal's id of the request.",
    status: 'How it ended.',
    payload: "The model's output, or what went wrong.",
    error: 'What went wrong, in a sentence.',
  },
  Generation: {},
  SubmittingGeneration: GENERATION,
  QueuedGeneration: GENERATION,
  InProgressGeneration: GENERATION,
  CompletedGeneration: GENERATION,
  FailedGeneration: GENERATION,
  CanceledGeneration: GENERATION,
  CreatedGeneration: {
    client_secret:
      'For 24 hours, reads this generation and its events, and nothing else: show it to a browser instead of an API key.',
  },
  GenerationList: PAGE,
  Video: {
    url: 'Where to play or download it.',
    source_url: "fal's own file: public, and kept for about seven days.",
    content_type: 'As fal named it.',
    file_name: 'As fal named it.',
    file_size: 'Bytes.',
  },
  Cost: {
    estimated_usd: usd('what it was expected to cost, and is held until it ends'),
    charged_usd: usd('what it did cost; null until that is known'),
    state:
      '`reserved` while it is open, then `charged`, `released` (nothing was paid) or `unknown` (it may have been).',
    basis: '`fal_units` where fal said what it billed, else `price_table`.',
  },
  GenerationError: {
    code: 'Why, for programs. The last three rest on a clock, all others on the word of fal.',
    message: 'Why, for people.',
    retryable: 'Whether a new generation of the same input can succeed.',
    fields: 'The fields that were refused.',
    'fields[].path': 'Which.',
    'fields[].message': 'Why.',
    late_video: 'The video that fal delivered after the verdict. It was paid for.',
  },
  GenerationEvent: {},
  StateEvent: { ...EVENT, generation: 'The generation as it was at that moment.' },
  QueuePositionEvent: { ...EVENT, queue_position: "Its place in fal's queue, 0 being next." },
  LogEvent: {
    ...EVENT,
    message: 'A line that the model wrote while it rendered.',
    level: 'How grave, in its words.',
    logged_at: { description: 'When it was written, in the words of fal.', format: undefined },
  },
  EventList: LIST,
  Estimate: {
    object: 'Always `estimate`.',
    model: 'The model that would render it.',
    input: 'The input as it would be sent.',
    cost: 'What it would cost.',
    'cost.estimated_usd': usd('the price'),
    'cost.basis': 'Where the price comes from.',
    admissible: 'Whether it would be admitted now.',
    limits: 'Every limit that applies.',
    ...under('limits[]', LIMIT),
    'limits[].exceeded': 'Whether this would go over it.',
    open: 'How many generations are open.',
    'open.now': 'As many are.',
    'open.max': 'As many may be.',
    'open.exceeded': 'Whether there is no room for one more.',
  },
  Usage: {
    object: 'Always `usage`.',
    from: day('The first day, included.'),
    to: day('The last day, included.'),
    time_zone: 'Whose midnights the days begin at.',
    total: 'All together.',
    ...under('total', SUMS),
    by_day: 'By the day they were asked for.',
    'by_day[].day': day('Which.'),
    ...under('by_day[]', SUMS),
    by_key: 'By the key that asked for them.',
    'by_key[].key_id': 'Which.',
    ...under('by_key[]', SUMS),
    by_schedule: 'By the schedule that asked for them.',
    'by_schedule[].schedule_id': 'Which; null is none.',
    ...under('by_schedule[]', SUMS),
    by_status: 'By the status that they have now.',
    'by_status[].status': 'Which.',
    ...under('by_status[]', SUMS),
    limits: 'Every limit that applies to the key that asks.',
  },
  Limit: LIMIT,
  Account: {
    id: 'Its name.',
    object: 'Always `account`.',
    daily_budget_usd: usd('what may be spent a day; null: no limit'),
    monthly_budget_usd: usd('what may be spent a month; null: no limit'),
    time_zone: 'Whose midnight a day begins at.',
    max_open: 'How many generations may be open at a time.',
    open: 'How many are.',
    limits: 'How its limits stand.',
  },
  Key: KEY,
  CreatedKey: { ...KEY, key: 'The key itself, shown this once: the gateway keeps its hash alone.' },
  KeyList: LIST,
  Model: MODEL,
  ModelList: LIST,
  Health: {
    status: 'Everything that it needs is configured.',
    webhooks:
      'Whether fal can reach the gateway. While off, a request whose answer is lost fails at once as `submission_unconfirmed`.',
  },
  CallbackOutcome: {
    outcome: '`ignored` where it named another request than the known one, or nothing that exists.',
  },
  Problem: {
    type: 'A URN that names the code.',
    title: 'The code in words, the same every time.',
    status: 'The status of the answer.',
    detail: 'What happened this time.',
    instance: 'The path that was asked for.',
    code: 'What to branch on.',
    request_id: 'The `X-Request-Id` of the answer.',
    retryable: 'Whether the same request can succeed later with nothing changed by you.',
    errors: 'Every field that is wrong, not only the first.',
    'errors[].path': 'Which; empty is the body as a whole.',
    'errors[].message': 'Why.',
    generation_id: 'The generation that this is about.',
    cost: 'The limit that is in the way.',
    'cost.needed_usd': usd('what this needs'),
    'cost.left_usd': usd('what is left'),
    'cost.limit_usd': usd('how much it allows'),
    'cost.limit': LIMIT['limit'] ?? '',
    'cost.resets_at': 'When it starts afresh.',
  },
  FalQueued: {
    request_id: 'The id of the generation.',
    gateway_request_id: 'The same.',
    status: 'Always `IN_QUEUE`, even where fal has refused it: that shows on status and result.',
    queue_position: 'Its place in the queue, 0 being next.',
    response_url: 'Where the result will be.',
    status_url: 'Where the status is.',
    cancel_url: 'Where to cancel it.',
  },
  FalStatus: {},
  FalInQueue: FAL_STATUS,
  FalInProgress: FAL_STATUS,
  FalCompleted: FAL_STATUS,
  FalLogLine: {
    message: 'The line.',
    level: 'How grave.',
    source: 'Who wrote it.',
    timestamp: 'When.',
  },
  FalOutput: {
    video: 'The video.',
    'video.url': 'Where to play or download it.',
    'video.content_type': 'As fal named it.',
    'video.file_name': 'As fal named it.',
    'video.file_size': 'Bytes.',
  },
  FalError: {
    detail: 'A sentence, or one entry a field.',
    'detail[].loc': 'Which field, from the body down.',
    'detail[].msg': 'What is wrong with it.',
    'detail[].type': "fal's name for that.",
    error_type: 'What kind of failure.',
    request_id: 'The generation that this is about.',
  },
  FalNotFound: { status: 'Always `NOT_FOUND`.', detail: 'A sentence.' },
  FalCancelRequested: { status: 'Asked for; the status changes with the verdict of fal alone.' },
  FalAlreadyCompleted: { status: 'It had ended before.' },
}

/** What each schema is, in a sentence. */
export const TITLES: Readonly<Record<ComponentName, string>> = {
  GenerationRequest: 'A request for one video: the documented input of the model, as it is.',
  EstimateRequest: 'What to estimate: the body that would be sent to create it.',
  RetryRequest: 'How to retry.',
  KeyRequest: 'The key to make.',
  AccountUpdate: 'What to change. What is left out stays as it is.',
  FalInput: 'The documented input of the model.',
  FalWebhook: 'The word of fal on how a request ended.',
  Generation:
    'One request for one video, from asked to settled. `status` tells which fields it has.',
  SubmittingGeneration: 'Not taken by fal yet, or sent without an answer (`unconfirmed`).',
  QueuedGeneration: 'Taken by fal, and waiting there.',
  InProgressGeneration: 'Being rendered.',
  CompletedGeneration: 'The video is there. Final.',
  FailedGeneration: 'There is no video, and `error` says why. Final.',
  CanceledGeneration: 'Canceled before it was finished; nothing was paid. Final.',
  CreatedGeneration: 'The generation, and a secret that lets a browser follow it.',
  GenerationList: 'Generations, newest first.',
  NormalisedInput: 'The input as it is sent to fal.',
  Video: 'A video.',
  Cost: 'What a generation costs.',
  GenerationError: 'Why a generation failed.',
  GenerationEvent: 'Something that happened to a generation.',
  StateEvent: 'Its state changed; it ends with `completed`, `failed` or `canceled`.',
  QueuePositionEvent: 'The queue of fal moved. Told while someone watches.',
  LogEvent: 'The model wrote a line. Told while someone watches.',
  EventList: 'The events so far.',
  Estimate: 'What a generation would cost, and whether it would be admitted.',
  Usage: 'What was spent.',
  Limit: 'One limit on spending, and how it stands.',
  Account: 'An account: its settings, and how they stand.',
  Key: 'An API key, as far as it is shown.',
  CreatedKey: 'A new API key, shown this once.',
  KeyList: 'The keys of an account.',
  Model: 'What can be asked for, and what it costs.',
  ModelList: 'The models; there is one.',
  Health: 'That the gateway is up.',
  CallbackOutcome: 'What became of a webhook.',
  Problem: 'Why a request was refused, as RFC 9457 has it.',
  FalQueued: 'Taken, as the queue of fal says it.',
  FalStatus: 'How it stands, as the queue of fal says it.',
  FalInQueue: 'Waiting.',
  FalInProgress: 'Being rendered.',
  FalCompleted: 'Ended, well or badly.',
  FalLogLine: 'A line that the model wrote.',
  FalOutput: 'The output of the model.',
  FalError: "An error in fal's words.",
  FalNotFound: 'There is no such request.',
  FalCancelRequested: 'Canceling was asked for.',
  FalAlreadyCompleted: 'It is too late to cancel.',
}
