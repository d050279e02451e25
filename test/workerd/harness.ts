/** The Worker through its own door, and the emulator behind it, for the tests in workerd. */
import { env, exports } from 'cloudflare:workers'
import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { type Problem, problem } from '../../src/contract/problem-document.ts'
import { PROBLEMS } from '../../src/contract/problem.ts'
import { phaseOf } from '../../src/domain/generation/transition.ts'
import { DIRECTORY_NAME } from '../../src/worker/directory.ts'
import { described } from './described.ts'
import { readGenerations } from './ledger.ts'

export const ORIGIN = 'https://gateway.test'
export const AUTHORIZATION = { authorization: `Bearer ${env.ADMIN_KEY}` }
const EMULATOR = 'https://emulator.test/_emulator'

/** The documented input, which every test may vary in one thing. */
export const PROMPT = 'Sunlight on a slow river'

/** Where the calls of this test come from, so that the limit on guessing is not everyone's. */
let address = ''

/** Sends a request to the Worker, whose answer must be one that the description knows. */
export const send = async (request: Request): Promise<Response> => {
  if (!request.headers.has('cf-connecting-ip')) request.headers.set('cf-connecting-ip', address)
  return described(request, await exports.default.fetch(request))
}

/** Calls the Worker as any HTTP client would. */
export const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  send(
    new Request(ORIGIN + path, {
      ...init,
      headers: { ...AUTHORIZATION, ...Object.fromEntries(new Headers(init.headers)) },
    }),
  )

export const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** Creates a generation that must be admitted, and answers it. */
export const create = async (
  input: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Generation> => {
  const response = await post('/v1/generations', { prompt: PROMPT, ...input }, headers)
  if (!response.ok) throw new Error(`not admitted: ${response.status} ${await response.text()}`)
  return response.json()
}

export const read = async (id: string): Promise<Generation> =>
  (await call(`/v1/generations/${id}`)).json()

/** A refusal, which must be a sound problem document that agrees with the table of codes. */
export const readProblem = async (response: Response): Promise<Problem> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const read = problem.parse(await response.json())
  expect(read.status).toBe(response.status)
  expect(read).toMatchObject({
    title: PROBLEMS[read.code].title,
    status: PROBLEMS[read.code].status,
    request_id: response.headers.get('x-request-id'),
  })
  return read
}

/** A prompt that asks the emulator for the fate of its own request. */
export const marked = (markers: string): string => `${PROMPT} [emulator: ${markers}]`

/** Speaks to the emulator's control endpoint. */
export const control = async <T>(
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<T> => {
  const response = await fetch(EMULATOR + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  })
  if (!response.ok)
    throw new Error(`the emulator said ${response.status}: ${await response.text()}`)
  return response.json()
}

export interface EmulatorCall {
  readonly op: string
  readonly method: string
  readonly at_ms: number
  readonly request_id?: string
  readonly prompt?: string
  readonly status: number | string | null
  readonly authorized: boolean
}

/** What the emulator was asked, optionally of one kind. */
export const calls = async (op?: string): Promise<EmulatorCall[]> => {
  const answer = await control<{ calls: EmulatorCall[] }>('/calls')
  return op === undefined ? answer.calls : answer.calls.filter((entry) => entry.op === op)
}

export interface Job {
  readonly request_id: string
  readonly input: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly webhook_url: string | null
  readonly outcome: string
  readonly status: string
  readonly final: 'completed' | 'failed' | 'cancelled' | null
  readonly billed: boolean
  readonly listed: boolean
  readonly billed_usd: number | null
}

/** The jobs that the emulator accepted: the truth. */
export const jobs = async (): Promise<Job[]> => (await control<{ jobs: Job[] }>('/jobs')).jobs

export interface HeldHook {
  readonly id: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string
  readonly state: string
}

export const heldHooks = async (): Promise<HeldHook[]> => {
  const { deliveries } = await control<{ deliveries: HeldHook[] }>('/webhooks')
  return deliveries.filter((hook) => hook.state === 'held')
}

/** Delivers a held webhook to the Worker, as fal would, and tells the emulator the answer. */
export const deliver = async (hook: HeldHook): Promise<Response> => {
  const { pathname, search } = new URL(hook.url)
  const response = await send(
    new Request(ORIGIN + pathname + search, {
      method: 'POST',
      headers: hook.headers,
      body: hook.body,
    }),
  )
  await control(`/webhooks/${hook.id}/ack`, { status: response.status })
  return response
}

/** Delivers every webhook that is held now. */
export const deliverAll = async (): Promise<void> => {
  for (const hook of await heldHooks()) await deliver(hook)
}

/** The account's object, for what no caller can do to it: alarms, evictions, crashes. */
export const accountStub = (id = 'default') => env.ACCOUNTS.getByName(id)

/** Stops every clock at the present, so that only {@link travel} moves them. */
export const stopClocks = async (): Promise<void> => {
  const nowMs = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs })
  await control('/clock', { frozen: true })
  await control('/clock', { set_ms: nowMs })
}

/** Moves the gateway's clock and fal's to the same later moment; rings no alarm. */
export const travel = async (ms: number): Promise<void> => {
  vi.setSystemTime(Date.now() + ms)
  await control('/clock', { set_ms: Date.now() })
}

/** Lets the account's alarm ring now, whenever it is set for. */
export const ring = (id = 'default'): Promise<boolean> => runDurableObjectAlarm(accountStub(id))

/** Real, whatever clock a test has replaced since. */
const realTimeout = globalThis.setTimeout

/** Waits in real time for what the object does on its own; the clocks may stand still. */
export const settle = (ms = 50): Promise<void> => new Promise((resolve) => realTimeout(resolve, ms))

/**
 * Waits until something holds, looking every 20 ms in real time: for as long as a test may take,
 * since how long it needs says nothing but how busy the machine is.
 */
export const eventually = async <T>(look: () => Promise<T | undefined | false>): Promise<T> => {
  for (let tries = 0; tries < 2000; tries++) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    await settle(20)
  }
  throw new Error('it never came to that')
}

/** Reads it until it has come to that: a read waits for fal for a second, and fal may take longer. */
export const readUntil = (id: string, status: Generation['status']): Promise<Generation> =>
  eventually(async () => {
    const generation = await read(id)
    return generation.status === status && generation
  })

/** Waits until the account has sent all that was admitted, and has had every answer. */
export const allSent = (id = 'default'): Promise<boolean> =>
  eventually(() =>
    runInDurableObject(accountStub(id), (_, { storage }) =>
      readGenerations(storage).every((one) => !['unsent', 'sent'].includes(phaseOf(one))),
    ),
  )

/** Names by which an object was reached since the last reset, whoever reached it. */
const reached = new Set<string>()
const namespaces: DurableObjectNamespace = Object.getPrototypeOf(env.ACCOUNTS)
namespaces.getByName = new Proxy(Reflect.get(namespaces, 'getByName'), {
  apply(target, namespace, [name, ...options]: Parameters<typeof namespaces.getByName>) {
    reached.add(name)
    return Reflect.apply(target, namespace, [name, ...options])
  },
})

/**
 * Deletes every account and what it has stored. A reset deletes the storage of what is awake, and
 * an object that crashed or was evicted would come back with all it had: each is woken first. Not
 * those that a reset has emptied: they stay on the list for good, and waking all of it would take
 * ever longer.
 */
const deleteAccounts = async (): Promise<void> => {
  reached.delete(DIRECTORY_NAME)
  for (const id of reached) await runInDurableObject(accountStub(id), () => undefined)
  await reset()
  reached.clear()
}

/**
 * A fresh gateway and a fresh emulator for each test; webhooks are held for it to deliver.
 *
 * @param history whether fal's history lists what was sent: what is lost is found there
 */
export const freshWorld = ({ history = false } = {}): void => {
  beforeAll(deleteAccounts)
  beforeEach(async () => {
    address = `2001:db8:${crypto.randomUUID().slice(0, 4)}:${crypto.randomUUID().slice(0, 4)}::1`
    await control('', undefined, 'DELETE')
    await control('/settings', { webhooks: 'hold', history_unlisted: history ? 0 : 1 })
  })
  afterEach(async () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    await deleteAccounts()
  })
}
