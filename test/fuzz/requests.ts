/** Makes requests that no sane caller sends; the same seed gives the same requests. */
import { accountUpdate } from '../../src/contract/account.ts'
import { generationRequest } from '../../src/contract/input.ts'
import { keyRequest } from '../../src/contract/key.ts'
import { scheduleRequest } from '../../src/contract/schedule.ts'

export interface FuzzRequest {
  readonly method: string
  /** Path and query, as sent over the wire. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** What exists, so that not every request ends in 401 or 404. */
export interface FuzzWorld {
  /** Methods and patterns of the routes, as the app lists them. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
  readonly adminKey: string
  /** Other tokens: keys and client secrets. */
  readonly tokens: readonly string[]
  /** Ids of all kinds, the caller's and other accounts'. */
  readonly ids: readonly string[]
  /** Whether it may send valid requests that wait until a generation ends. */
  readonly mayWait: boolean
}

type Random = () => number

/** A small generator, random enough to choose with. */
const mulberry32 = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const LONG = 'x'.repeat(3000)

/** Paths, encodings, injections, built-in names, values of other types, and almost valid ids. */
const CLIMBING = ['.', '..', '%2e%2e', '%2F', '%2f..%2f..%2fkeys']
const ENCODED = ['%00', '%ff', '%', '%zz', '%F0%9F%98%80', '%ED%A0%80']
const INJECTED = ['%0d%0aX-Injected:%201', "'%20OR%201=1--", '%22%3E%3Cscript%3E']
const BUILT_IN = ['__proto__', 'constructor', 'hasOwnProperty']
const OF_OTHER_TYPES = ['-1', 'NaN', '[object%20Object]', '*', ':id', 'request:x', 'key:ff', LONG]
const ALMOST_IDS = [
  'gen_00000000000000000000000000',
  'GEN_00000000000000000000000000',
  'gen_0000000000000000000000000',
  'gen_zzzzzzzzzzzzzzzzzzzzzzzzzz%0a',
]
const ODD_IDS = [CLIMBING, ENCODED, INJECTED, BUILT_IN, OF_OTHER_TYPES, ALMOST_IDS].flat()

const ODD_NUMBERS = [0, -1, 0.1, 1e21, -1e308, Number.MAX_SAFE_INTEGER]
const ODD_TEXTS = ['', ' ', '5', '\u0000', '\ud800', '😀', LONG]
const ODD_OBJECTS: readonly unknown[] = [
  null,
  true,
  [],
  [[[[[]]]]],
  {},
  { constructor: 1 },
  { toString: null },
  ['a', 'b'],
]
const ODD_CRONS = ['UTC', '* * * * *', '0 0 31 2 *', '{{date}} {{prompt}}']
const ODD_TIMES = ['2026-01-31T09:00:00Z', '9999-12-31T23:59:59+23:59', '0000-01-01T00:00:00Z']
const ODD_VALUES = [ODD_NUMBERS, ODD_TEXTS, ODD_OBJECTS, ODD_CRONS, ODD_TIMES].flat()

/** The fields of all bodies, and names that have a meaning in JavaScript. */
const BODIES = [generationRequest, keyRequest, accountUpdate, scheduleRequest]
const FIELDS = BODIES.flatMap(({ shape }) => Object.keys(shape))
const NAMES = [...FIELDS, ...BUILT_IN, 'accept_double_charge', 'prototype', '', LONG]
const SOUND_BODIES: readonly Record<string, unknown>[] = [
  {},
  { prompt: 'a quiet harbour' },
  { prompt: 'a quiet harbour', duration: 10, resolution: '1080p', seed: 0, metadata: { a: 'b' } },
  { account_id: 'fuzz', name: 'fuzz', scopes: ['generations:read'], daily_budget_usd: 1 },
  { daily_budget_usd: 1000, monthly_budget_usd: null, time_zone: 'UTC', max_open: 1000 },
  { accept_double_charge: true },
  { name: 'fuzz', cron: '0 9 * * *', timezone: 'Asia/Kathmandu', input: { prompt: 'a harbour' } },
]
const NO_OBJECTS = ['', '{', '[]', 'null', '"text"', '0', 'NaN', 'a=b&c=d', '<xml/>', '\u0000']
const NUMBERS_WITHOUT_END = ['{"prompt":1e400}', '{"daily_budget_usd":1e400}']
const NAMED_TWICE = [
  '{"prompt":"x","prompt":"y","metadata":{"__proto__":"z"}}',
  '{"prompt":"x"}{"prompt":"x"}',
]
const DEEP = [
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(8000)}1${'}'.repeat(8000)}`,
]
const BROKEN_BODIES = [
  ...NO_OBJECTS,
  ...NUMBERS_WITHOUT_END,
  ...NAMED_TWICE,
  ...DEEP,
  '{"seed":-0.0,"prompt":"x"}',
  '{"__proto__":{"prompt":"x"}}',
  '{"prompt":"\\ud800"}',
  '\ufeff{"prompt":"x"}',
  `{"prompt":"${'y'.repeat(70_000)}"}`,
]
const ODD_HEADERS = Object.entries({
  'content-type': [
    'text/plain',
    'application/json;charset=utf-7',
    'application/jsonx',
    '',
    'multipart/form-data',
  ],
  'idempotency-key': ['once', 'a b', LONG.slice(0, 300), '"', '__proto__', ''],
  prefer: ['wait=0', 'wait=-1', 'wait=x', 'respond-async', '"wait"=1', 'wait=1e9', ';;==,,'],
  'last-event-id': ['0', '1', '-1', '999999', '9999999', 'x', '1e3', ''],
  'if-none-match': ['*', '"x"', 'W/"x"', ',,,', '"'],
  'x-request-id': ['trace', 'a b', '<b>', LONG, '../..', ''],
  'pika-account': ['fuzz', 'default', 'Fuzz', '', '../x', '__proto__', LONG, 'a/b', 'x'.repeat(63)],
  accept: ['application/json', 'text/event-stream', '*/*', 'x', ''],
  origin: ['https://evil.example', 'null', ''],
  range: ['bytes=0-', 'bytes=-1', 'x'],
  'x-fal-target-url': [
    'https://queue.fal.run/fal-ai/pika/requests/x/status',
    'https://queue.fal.run/fal-ai/pika/../../v1/keys',
    'https://queue.fal.run/fal-ai/pika/%2e%2e/%2e%2e/v1/keys',
    'https://queue.fal.run.evil.example/fal-ai/pika/x',
    'https://user:pass@queue.fal.run/fal-ai/pika/x',
    'http://127.0.0.1/fal-ai/pika/x',
    'file:///etc/passwd',
    '//queue.fal.run/fal-ai/pika/x',
    'x',
  ],
  'x-fal-webhook-request-id': ['x'],
  'x-fal-webhook-user-id': ['x'],
  'x-fal-webhook-timestamp': ['0', '99999999999', '-1', 'x'],
  'x-fal-webhook-signature': ['00', 'f'.repeat(128), 'x'.repeat(128)],
  'transfer-encoding-x': ['chunked'],
  'x-forwarded-host': ['evil.example'],
  'cf-connecting-ip': ['::1', 'x', '1.2.3.4, 5.6.7.8', '2001:db8::::1'],
})
const ODD_PAGES = ['limit=0', 'limit=101', 'limit=1e1', 'limit=5&limit=6', 'limit[]=1', 'cursor=x']
const ODD_FILTERS = ['status=__proto__', 'status=completed', 'schedule_id=%00', 'logs=1']
const ODD_SPANS = [
  'created_after=x',
  'created_before=2026-01-31T09:00:00Z',
  'created_after=9999-12-31T23:59:59-23:59',
  'from=2026-02-31&to=2026-01-01',
]
const NO_QUERIES = ['from=%', '__proto__=1', 'constructor=1', 'a=%ff', '=', '&&&', `x=${LONG}`]
const HOOK = 'fal_webhook=https://evil.example'
const ODD_QUERIES = [...ODD_PAGES, ...ODD_FILTERS, ...ODD_SPANS, ...NO_QUERIES, HOOK]
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND']
const ODD_TOKENS = [
  'wrong',
  `pika_${'0'.repeat(43)}`,
  `pika_${'0'.repeat(42)}`,
  `pika_default_${'0'.repeat(43)}_${'0'.repeat(22)}`,
  'pcs_default.gen_00000000000000000000000000.9999999999.AAAAAAAAAAAAAAAAAAAAAA',
  'pcs_',
  'x'.repeat(600),
  'a b',
  '',
]

/** Returns an endless source of requests. */
export const createFuzz = (seed: number, world: FuzzWorld): (() => FuzzRequest) => {
  const random = mulberry32(seed)
  const chance = (share: number) => random() < share
  const pick = <T>(values: readonly T[], fallback: T): T =>
    values[Math.floor(random() * values.length)] ?? fallback

  const id = () => (chance(0.6) ? pick(world.ids, 'x') : pick(ODD_IDS, 'x'))

  const target = (path: string): string => {
    const filled = path.replaceAll(/:\w+|\*/g, () => id())
    const bent = chance(0.04) ? filled.replace(/[a-z]/, (char) => char.toUpperCase()) : filled
    const longer = chance(0.05) ? `${bent}/${id()}` : bent
    if (!chance(0.25)) return longer
    const queries = [pick(ODD_QUERIES, ''), ...(chance(0.3) ? [pick(ODD_QUERIES, '')] : [])]
    return `${longer}?${queries.join('&')}`
  }

  const body = (path: string, method: string): string | null => {
    if (method === 'GET' || method === 'HEAD') return null
    if (chance(0.25)) return pick(BROKEN_BODIES, '')
    // fal's waiting path answers only when a generation ends.
    const unsound = !world.mayWait && path.startsWith('/fal-ai')
    const changes = unsound ? 1 : Math.floor(random() * 3)
    const entries: [string, unknown][] = Object.entries(pick(SOUND_BODIES, {}))
    for (let index = 0; index < changes; index++) {
      const name = unsound ? 'prompt' : pick(NAMES, '')
      entries.push([name, unsound ? null : pick(ODD_VALUES, null)])
    }
    // Built by hand, so that a repeated name and `__proto__` arrive unchanged.
    const text = entries
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join(',')
    const whole = `{${text}}`
    if (!chance(0.05)) return whole
    const at = Math.floor(random() * whole.length)
    return whole.slice(0, at) + whole.slice(at + 1)
  }

  const authorization = (): string => {
    const scheme = pick(['Bearer', 'Bearer', 'Bearer', 'Key', 'Basic', ''], 'Bearer')
    if (chance(0.7)) return `Bearer ${world.adminKey}`
    return `${scheme} ${chance(0.6) ? pick(world.tokens, '') : pick(ODD_TOKENS, '')}`.trim()
  }

  return () => {
    const route = pick(world.routes, { method: 'GET', path: '/' })
    const method = chance(0.9) ? route.method : pick(METHODS, 'GET')
    const text = body(route.path, method)
    const headers: Record<string, string> = { authorization: authorization() }
    if (text !== null && chance(0.95)) headers['content-type'] = 'application/json'
    while (chance(0.35)) {
      const [name, values] = pick(ODD_HEADERS, ['accept', ['*/*']])
      headers[name] = pick(values, '')
    }
    if (!world.mayWait) delete headers['prefer']
    return { method, target: target(route.path), headers, body: text }
  }
}
