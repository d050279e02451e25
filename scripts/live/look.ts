/** Makes one video at fal, and finds out what fal's documentation leaves open. */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { MODEL } from '../../src/contract/model.ts'
import { receiveHooks } from './hooks.ts'

/** Undefined if it could not be found out. */
type Fact = readonly [fact: string, found: string | undefined]

export interface LookOptions {
  readonly falKey: string
  /** The URL where fal reaches this machine, and its port here; undefined if it cannot. */
  readonly hook: { readonly publicUrl: string; readonly port: number } | undefined
  readonly patienceMs: number
  readonly signal: AbortSignal
}

const LOOK_EVERY_MS = 1000
const ANSWER_MS = 60_000
/** The nil UUID, which fal gives to no request. */
const NO_SUCH_REQUEST = '00000000-0000-0000-0000-000000000000'
/** As the gateway sends it. It is never written down. */
const input = () => ({
  prompt: 'A paper boat drifts down a rain gutter, morning light',
  aspect_ratio: '16:9',
  resolution: '720p',
  duration: 5,
  seed: randomInt(2 ** 31),
})

/** One fact after another. It stops early if fal does not take the request. */
export async function* lookAtFal(options: LookOptions): AsyncGenerator<Fact> {
  const { falKey, signal, hook } = options
  const { env } = process
  const billingKey = env['FAL_BILLING_KEY'] || undefined
  const queueUrl = env['FAL_QUEUE_URL'] || 'https://queue.fal.run'
  const apiUrl = env['FAL_API_URL'] || 'https://api.fal.ai/v1'
  const jwksUrl = env['FAL_JWKS_URL'] || 'https://rest.fal.ai/.well-known/jwks.json'
  const ask = async (url: string, init: RequestInit = {}, key = falKey) => {
    const headers = { authorization: `Key ${key}`, 'content-type': 'application/json' }
    const patience = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
    const response = await fetch(url, { ...init, headers, redirect: 'manual', signal: patience })
    const body: unknown = await response.json().catch(() => undefined)
    return { status: response.status, headers: response.headers, body }
  }
  /** Repeats a look until it finds something or patience ends. */
  const until = async <T>(look: () => Promise<T | undefined>): Promise<T | undefined> => {
    const endMs = Date.now() + options.patienceMs
    for (;;) {
      // A lost look is repeated; the paid request never is.
      const found = await look().catch(() => undefined)
      if (found !== undefined || Date.now() > endMs) return found
      await sleep(LOOK_EVERY_MS, undefined, { signal })
    }
  }
  const query = (more: Readonly<Record<string, string>>, untilMs: number): string => {
    const start = new Date(sentMs - 60_000).toISOString()
    const end = new Date(Date.now() + untilMs).toISOString()
    return new URLSearchParams({ start, end, ...more }).toString()
  }

  await using cleanUp = new AsyncDisposableStack()
  const path = `/${crypto.randomUUID()}`
  const hooks = hook && cleanUp.use(await receiveHooks(hook.port, path, jwksUrl))
  const sent = input()
  const target = hook && encodeURIComponent(hook.publicUrl.replace(/\/$/, '') + path)
  const sentMs = Date.now()
  const submit = `${queueUrl}/${MODEL}${target ? `?fal_webhook=${target}` : ''}`
  const taken = await ask(submit, { method: 'POST', body: JSON.stringify(sent) })
  yield ['submit', `${taken.status}, ${fieldsOf(taken.body)}`]
  yield ['headers of the submit', falHeaders(taken.headers)]
  const request_id = textOf(taken.body, 'request_id')
  if (request_id === undefined) throw new Error(`fal did not take it: ${taken.status}`)

  const request = `${queueUrl}/${MODEL.split('/').slice(0, 2).join('/')}/requests/${request_id}`
  const early = await ask(request)
  const detail = textOf(early.body, 'detail') ?? fieldsOf(early.body)
  yield ['result before the end', `${early.status}, ${detail}`]

  const listed = async (more: Readonly<Record<string, string>> = {}) => {
    const asked = query({ endpoint_id: MODEL, expand: 'payloads', ...more }, 60_000)
    const { status, body } = await ask(`${apiUrl}/models/requests/by-endpoint?${asked}`)
    const item = listOf(body, 'items').find((each) => textOf(each, 'request_id') === request_id)
    return { status, item }
  }
  let listing: string | undefined
  const done = await until(async (): Promise<object | undefined> => {
    const { body } = await ask(`${request}/status`)
    const status = textOf(body, 'status')
    if (listing === undefined && (await listed()).item !== undefined) {
      listing = `after ${Date.now() - sentMs} ms, ${status ?? 'status unknown'}`
    }
    return status === 'COMPLETED' ? Object(body) : undefined
  })
  const endMs = Date.now()
  yield ['status at the end', done && fieldsOf(done)]
  const result = await ask(request)
  yield ['result', `${result.status}, ${fieldsOf(result.body)}`]
  yield ['headers of the result', falHeaders(result.headers)]
  // A job that still runs may be paid for, so it is not canceled.
  const canceled = done && (await ask(`${request}/cancel`, { method: 'PUT' }))
  yield [
    'cancel after the end',
    canceled && `${canceled.status}, ${textOf(canceled.body, 'status') ?? '-'}`,
  ]

  yield ['history, asked with this key', String((await listed()).status)]
  yield ['first listed', listing ?? 'not before its end']
  const item = await until(async () => (await listed()).item)
  yield ['listed after its end', item && `within ${Date.now() - endMs} ms`]
  yield ['fields of the entry', item && fieldsOf(item)]
  const kept = Object(Object(item).json_input)
  const equal = Object.entries(sent).filter(([name, value]) => kept[name] === value)
  const added = Object.keys(kept).filter((name) => !(name in sent))
  const fields = `${equal.length} of ${Object.keys(sent).length} fields equal`
  yield ['input in the history', item && `${fields}, added: ${added.join(', ') || 'none'}`]
  yield ['seed in the history', item && (kept.seed === sent.seed ? 'equal' : 'not equal')]
  const byId = (await listed({ request_id })).item !== undefined
  const byAnother = (await listed({ request_id: NO_SUCH_REQUEST })).item !== undefined
  yield [
    'history by request id',
    byAnother ? 'the filter is ignored' : byId ? 'found' : 'not found',
  ]

  const events = `${apiUrl}/models/billing-events?${query({ request_id }, 3600_000)}`
  const event =
    billingKey &&
    (await until(async () => listOf((await ask(events, {}, billingKey)).body, 'billing_events')[0]))
  yield ['charge', event && `within ${Date.now() - endMs} ms, ${amountsOf(event)}`]
  const prices = await ask(`${apiUrl}/models/pricing?endpoint_id=${encodeURIComponent(MODEL)}`)
  const published = prices.status === 200 ? JSON.stringify(Object(prices.body).prices) : undefined
  yield ['published price', published]

  const first = await hooks?.next(options.patienceMs)
  yield ['webhook', first]
  // The first one gets a 500, so that fal repeats it.
  yield ['webhook sent again', first && (await hooks?.next(options.patienceMs))]
}

const textOf = (body: unknown, name: string): string | undefined => {
  const value: unknown = Reflect.get(Object(body), name)
  return typeof value === 'string' ? value : undefined
}

const listOf = (body: unknown, name: string): object[] => {
  const list: unknown = Reflect.get(Object(body), name)
  return Array.isArray(list) ? list : []
}

/** Only names: the values may be confidential. */
const fieldsOf = (body: unknown): string => Object.keys(Object(body)).join(', ') || 'no fields'

const falHeaders = (headers: Headers): string =>
  [...headers]
    .filter(([name]) => name.startsWith('x-fal-'))
    .map(([name, value]) => (name === 'x-fal-request-id' ? name : `${name}: ${value}`))
    .join(', ') || 'none of fal'

const amountsOf = (event: object): string =>
  JSON.stringify(
    Object.fromEntries(Object.entries(event).filter(([, value]) => typeof value === 'number')),
  )
