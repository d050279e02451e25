/** The fields of accounts, keys, budgets and models. */
import { day, type Fields, LIST, under, usd } from './field.ts'

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
  queue_origin:
    "Where requests are sent: `https://queue.fal.run`, or fal's emulator, which renders no prompt and charges nothing.",
  prices: 'What a video costs.',
  'prices[].resolution': 'At this resolution.',
  'prices[].duration': 'For this many seconds.',
  'prices[].usd': usd('the price'),
}

export const ACCOUNT_FIELDS = {
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
    by_user:
      'By your own end users, those who spent most first; where `include` asks for it. 10,000 a day are told apart.',
    'by_user[].user': 'Which; null is none, and `other` are those who are not told apart.',
    ...under('by_user[]', SUMS),
    open: 'What is open now, whatever day it is of.',
    'open.total': 'As many are open.',
    'open.unsent': 'Of these, wait to be sent.',
    'open.unconfirmed': "Of these, were sent and fal's answer was lost.",
    provider: 'Whether fal takes requests. While it does not, what is asked waits unsent.',
    'provider.status': '`available` or `unavailable`.',
    'provider.since': 'Since when it takes nothing; null while it does.',
    by_status: 'By the status that they have now.',
    'by_status[].status': 'Which.',
    ...under('by_status[]', SUMS),
    limits: 'Every limit that applies to the key that asks.',
  },
  Limit: LIMIT,
  BudgetThreshold: {
    ...LIMIT,
    object: 'Always `budget_threshold`.',
    threshold_percent: 'How much of it is spent, at least.',
    of: "The key or the schedule whose limit it is; null is the account's own.",
  },
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
  AfterRestore: {
    object: 'Always `after_restore`.',
    account_id: 'The account.',
    marked: 'How many generations this call marked: unsent in the backup, and maybe sent since.',
    unconfirmed: 'How many are unconfirmed now, those that this call did not mark included.',
  },
  Key: KEY,
  CreatedKey: { ...KEY, key: 'The key itself, shown this once: the gateway keeps its hash alone.' },
  KeyList: LIST,
  Model: MODEL,
  ModelList: LIST,
} as const satisfies Record<string, Fields>
