/** Makes one video at fal, and learns on the way what its documentation leaves open. */
import { randomInt } from 'node:crypto'
import { MODEL } from '../../src/contract/model.ts'
import { receiveHooks } from './hooks.ts'

export interface Fact {
  readonly fact: string
  /** Null if it could not be learned. */
  readonly found: string | null
}

export interface LookOptions {
  readonly falKey: string
  readonly billingKey: string | undefined
  readonly queueUrl: string
  readonly apiUrl: string
  readonly jwksUrl: string
  /** Where fal can reach this machine, and the port that leads to; undefined if it cannot. */
  readonly hook: { readonly publicUrl: string; readonly port: number } | undefined
  readonly patienceMs: number
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

const LOOK_EVERY_MS = 1000
const ANSWER_MS = 60_000
/** The nil UUID, which fal gives to nobody. */
const NO_SUCH_REQUEST = '00000000-0000-0000-0000-000000000000'
/** As the gateway sends it. Nothing of it is ever written down. */
const input = () => ({
  prompt: 'A paper boat drifts down a rain gutter, morning light',
  aspect_ratio: '16:9',
  resolution: '720p',
  duration: 5,
  seed: randomInt(2 ** 31),
})

/** What was learned, also where it had to break off. */
export const lookAtFal = async (options: LookOptions): Promise<Fact[]> => {
  const facts: Fact[] = []
  const note: Note = (fact, found) => {
    facts.push({ fact, found })
    options.say(`${fact}: ${found ?? '?'}`)
  }
  try {
    await look(options, note)
  } catch (error) {
    options.signal.throwIfAborted()
    note('broke off', error instanceof Error ? error.message : String(error))
  }
  return facts
}

type Note = (fact: string, found: string | null) => void

const look = async (options: LookOptions, note: Note): Promise<void> => {
  const { falKey, billingKey, queueUrl, apiUrl, signal } = options
  const ask = async (url: string, init: RequestInit = {}, key = falKey): Promise<Answer> => {
    const headers = { authorization: `Key ${key}`, 'content-type': 'application/json' }
    const patience = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
    const response = await fetch(url, { ...init, headers, redirect: 'manual', signal: patience })
    const body: unknown = await response.json().catch(() => undefined)
    return { status: response.status, headers: response.headers, body }
  }
  /** Asks now and then until something is found, or patience ends. */
  const until = async <T>(look: () => Promise<T | undefined>): Promise<T | undefined> => {
    const endMs = Date.now() + options.patienceMs
    for (;;) {
      // One that is lost is asked for again; the paid request never is.
      const found = await look().catch(() => undefined)
      if (found !== undefined || Date.now() > endMs) return found
      signal.throwIfAborted()
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }

  await using cleanUp = new AsyncDisposableStack()
  const { hook, jwksUrl } = options
  const path = `/${crypto.randomUUID()}`
  const hooks = hook && cleanUp.use(await receiveHooks(hook.port, path, jwksUrl))
  const sent = input()
  const target = hook
    ? `?fal_webhook=${encodeURIComponent(hook.publicUrl.replace(/\/$/, '') + path)}`
    : ''
  const sentMs = Date.now()
  const taken = await ask(`${queueUrl}/${MODEL}${target}`, {
    method: 'POST',
    body: JSON.stringify(sent),
  })
  note('submit', `${taken.status}, ${fieldsOf(taken.body)}`)
  note('headers of the submit', falHeaders(taken.headers))
  const requestId = textOf(taken.body, 'request_id')
  if (requestId === undefined) throw new Error(`fal did not take it: ${taken.status}`)

  const request = `${queueUrl}/${MODEL.split('/').slice(0, 2).join('/')}/requests/${requestId}`
  const early = await ask(request)
  const detail = textOf(early.body, 'detail') ?? fieldsOf(early.body)
  note('result before the end', `${early.status}, ${detail}`)

  const historyUrl = (more: Readonly<Record<string, string>>): string => {
    const start = new Date(sentMs - 60_000).toISOString()
    const end = new Date(Date.now() + 60_000).toISOString()
    const query = { endpoint_id: MODEL, start, end, expand: 'payloads', ...more }
    return `${apiUrl}/models/requests/by-endpoint?${new URLSearchParams(query).toString()}`
  }
  const listed = async (more: Readonly<Record<string, string>> = {}) => {
    const { status, body } = await ask(historyUrl(more))
    const items = Reflect.get(Object(body), 'items')
    const found = Array.isArray(items)
      ? items.find((item) => textOf(item, 'request_id') === requestId)
      : undefined
    return { status, item: found as unknown }
  }

  let listing: string | undefined
  const done = await until(async () => {
    const { body } = await ask(`${request}/status`)
    if (listing === undefined && (await listed()).item !== undefined) {
      listing = `after ${Date.now() - sentMs} ms, ${textOf(body, 'status') ?? 'status unknown'}`
    }
    return textOf(body, 'status') === 'COMPLETED' ? body : undefined
  })
  const endMs = Date.now()
  note('status at the end', done === undefined ? null : fieldsOf(done))
  const result = await ask(request)
  note('result', `${result.status}, ${fieldsOf(result.body)}`)
  note('headers of the result', falHeaders(result.headers))
  // What still runs may be paid for: it is left alone.
  const canceled =
    done === undefined ? undefined : await ask(`${request}/cancel`, { method: 'PUT' })
  note(
    'cancel after the end',
    canceled ? `${canceled.status}, ${textOf(canceled.body, 'status') ?? '-'}` : null,
  )

  const { status } = await listed()
  note('history, asked with this key', String(status))
  note('first listed', listing ?? 'not before its end')
  const item = await until(async () => (await listed()).item)
  note('listed after its end', item === undefined ? null : `within ${Date.now() - endMs} ms`)
  const kept = Object(Reflect.get(Object(item), 'json_input'))
  const equal = Object.entries(sent).filter(([name, value]) => Reflect.get(kept, name) === value)
  const added = Object.keys(kept).filter((name) => !(name in sent))
  note('fields of the entry', item === undefined ? null : fieldsOf(item))
  note(
    'input in the history',
    item === undefined
      ? null
      : `${equal.length} of ${Object.keys(sent).length} fields equal, added: ${added.join(', ') || 'none'}`,
  )
  note(
    'seed in the history',
    item === undefined ? null : Reflect.get(kept, 'seed') === sent.seed ? 'equal' : 'not equal',
  )
  const byId = (await listed({ request_id: requestId })).item !== undefined
  const byAnother = (await listed({ request_id: NO_SUCH_REQUEST })).item !== undefined
  note('history by request id', byAnother ? 'the filter is ignored' : byId ? 'found' : 'not found')

  if (billingKey === undefined) note('charge', null)
  else {
    const query = new URLSearchParams({
      request_id: requestId,
      start: new Date(sentMs - 60_000).toISOString(),
      end: new Date(Date.now() + 3600_000).toISOString(),
    })
    const event = await until(async () => {
      const { body } = await ask(
        `${apiUrl}/models/billing-events?${query.toString()}`,
        {},
        billingKey,
      )
      const events = Reflect.get(Object(body), 'billing_events')
      return Array.isArray(events) ? (events[0] as unknown) : undefined
    })
    note(
      'charge',
      event === undefined
        ? null
        : `within ${Date.now() - endMs} ms, ${JSON.stringify(amountsOf(event))}`,
    )
  }
  const prices = await ask(`${apiUrl}/models/pricing?endpoint_id=${encodeURIComponent(MODEL)}`)
  note(
    'published price',
    prices.status === 200 ? JSON.stringify(Reflect.get(Object(prices.body), 'prices')) : null,
  )

  const first = await hooks?.next(options.patienceMs)
  note('webhook', first ?? null)
  // The first is answered with a 500, so that fal sends it again.
  note('webhook sent again', (first && (await hooks?.next(options.patienceMs))) ?? null)
}

const textOf = (body: unknown, name: string): string | undefined => {
  const value: unknown = Reflect.get(Object(body), name)
  return typeof value === 'string' ? value : undefined
}

/** Names alone: values may be what nobody else is to read. */
const fieldsOf = (body: unknown): string => Object.keys(Object(body)).join(', ') || 'no fields'

const falHeaders = (headers: Headers): string =>
  [...headers]
    .filter(([name]) => name.startsWith('x-fal-'))
    .map(([name, value]) => (name === 'x-fal-request-id' ? name : `${name}: ${value}`))
    .join(', ') || 'none of fal'

const amountsOf = (event: unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(Object(event)).filter(([, value]) => typeof value === 'number'))
