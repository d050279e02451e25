/** The fields of a generation, and of what happens to it. */
import { type Fields, LIST, PAGE, usd } from './field.ts'

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
  adopted_by:
    "How `fal_request_id` is known: from the `answer` to its request, a signed `hook`, a `look_up` of an id that an unclear answer named, fal's request `history`, or a `person`. What proves more replaces what proves less.",
  candidate_request_id:
    "A request in fal's history with the same input and time. Since the seed is the caller's own, somebody else may have sent it: it is adopted by a webhook, or by `resolve`. Null mostly.",
  input: 'The input as it is sent to fal, defaults and seed filled in.',
  seed_source:
    'Whose choice `input.seed` was: `caller`, or `generated` by the gateway where the caller gave none. Null where none was sent.',
  cost: 'What it costs, with what its `late_results` were charged.',
  late_results:
    'Other jobs of fal that turned out to be of this generation: its request was made once, and fal named more than one job for it. Mostly empty.',
  retry_of: 'The generation that this one retries.',
  schedule_id: 'The schedule that asked for it.',
  user: 'Your own end user, as you named them; null where you named none.',
  metadata: 'Your own pairs, as they were given.',
  revision: "How often it changed after its end: by fal's bill, which came later.",
  created_at: 'When it was asked for.',
  started_at: 'When the model began to render, as far as fal said.',
  finished_at: 'When it ended.',
  cancel_requested_at: "When canceling was asked for. The status changes with fal's verdict alone.",
  queue_position: "Its place in fal's queue, 0 being next; null where fal has not said.",
  expected_seconds:
    'How long past generations of its kind took from sent to finished: the median and the 90th percentile, in seconds. Null while too few are known.',
  'expected_seconds.p50': 'Half of them took no longer than this.',
  'expected_seconds.p90': 'Nine in ten took no longer than this.',
  pending_reason:
    "Why it waits: `concurrency_limit`, as many as may be are at fal; `provider_unavailable`, fal takes nothing at present, and it is sent once fal does; `confirmation`, fal's answer was lost. Null while it is on its way.",
  video: 'The video. Never null once it is completed, and null until then.',
  error: 'Why it failed. Null unless it did.',
}

const EVENT: Fields = {
  id: {
    description:
      'Numbered from 1: within the generation without gaps, or within the account. The `id` of the SSE event.',
    minimum: 1,
  },
  generation_id: 'The generation that it happened to.',
  created_at: 'When it happened.',
  type: 'What happened. The `event` of the SSE event.',
}

const OF_ACCOUNT: Fields = { ...EVENT, generation_id: 'Null: it is about none.' }

export const GENERATION_FIELDS = {
  Generation: {},
  SubmittingGeneration: GENERATION,
  QueuedGeneration: GENERATION,
  InProgressGeneration: GENERATION,
  CompletedGeneration: GENERATION,
  FailedGeneration: GENERATION,
  CanceledGeneration: GENERATION,
  DeletedGeneration: {
    id: 'What its id was.',
    object: 'Always `generation`.',
    deleted: 'Always true.',
  },
  CreatedGeneration: {
    client_secret:
      'For 24 hours, reads this generation and its events, and nothing else: show it to a browser instead of an API key.',
  },
  GenerationList: PAGE,
  ShareRequest: { expires_in_seconds: 'Seconds, from a minute to 30 days. Default: a day.' },
  Share: {
    object: 'Always `share`.',
    url: 'Plays and downloads without a key.',
    expires_at: 'When it ends.',
  },
  Video: {
    url: 'Where to play or download it: without a key, and for as long as the generation is kept.',
    source_url: "fal's own file: public, and kept for about seven days.",
    content_type: 'As fal named it.',
    file_name: 'As fal named it.',
    file_size: 'Bytes.',
    archived_at: 'Since when the gateway keeps it; null while it is at fal alone.',
    archive_error: 'Why the gateway could not keep it; null mostly.',
  },
  Cost: {
    estimated_usd: usd('what it was expected to cost, and is held until it ends'),
    charged_usd: usd('what it did cost; null until that is known'),
    state:
      '`reserved` while it is open, then `charged`, `released` (nothing was paid) or `unknown` (it may have been).',
    basis:
      '`fal_billing`: what fal charged, which the gateway learns later where `FAL_BILLING_KEY` is set. `fal_units`: what fal said with the result. Else `price_table`.',
  },
  LateResult: {
    fal_request_id: "fal's own id of that job.",
    video: 'The video that it made. Null where it made none, or where fal does not tell any more.',
    cost: 'What it cost.',
  },
  GenerationError: {
    code: 'Why, for programs. `not_sent` never left the gateway and costs nothing. The last four are not the word of fal: it may have been paid for.',
    message: 'Why, for people.',
    retryable: 'Whether a new generation of the same input can succeed.',
    fields: 'The fields that were refused.',
    'fields[].path': 'Which.',
    'fields[].message': 'Why.',
    listening_until:
      'Until when fal may still deliver it. Only then is it certain that it will not. Absent where nothing can come any more.',
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
  AccountEvent: {},
  DeletedEvent: EVENT,
  SchedulePausedEvent: { ...OF_ACCOUNT, data: 'The schedule, paused.' },
  ScheduleRunFailedEvent: { ...OF_ACCOUNT, data: 'The run.' },
  BudgetEvent: { ...OF_ACCOUNT, data: 'The limit.' },
  AccountEventList: {
    ...PAGE,
    next_cursor: 'What to ask for the next page with, as `after`. It is there even if nothing is.',
  },
} as const satisfies Record<string, Fields>
