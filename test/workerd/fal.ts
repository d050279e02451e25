/** fal, played by the emulator, for the tests in workerd. */
import type { Call } from '../../src/emulator/calls.ts'
import type { CompletedGeneration } from '../../src/contract/generation.ts'
import * as api from './api.ts'
import { eventually } from './wait.ts'

const EMULATOR = 'https://emulator.test/_emulator'

/** A prompt that tells the emulator what to do with its own request. */
export const marked = (markers: string): string => `${api.PROMPT} [emulator: ${markers}]`

/** Calls the emulator's control endpoint. */
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

/** Resets the emulator. */
export const restart = async (settings: Record<string, unknown> = {}): Promise<void> => {
  await control('', undefined, 'DELETE')
  await control('/settings', { webhooks: 'hold', ...settings })
}

/** Fails every call of this kind, for `for_ms` if given. */
export const fail = (op: string, fault: string | number, for_ms?: number) =>
  control('/faults', { op, fault, ...(for_ms === undefined ? {} : { for_ms }), times: 1e6 })

/** How many calls of each kind are running now, and how many ran at most. */
export const load = async () =>
  (await control<{ concurrent: Record<string, { running: number; maximum: number }> }>('/calls'))
    .concurrent

/** The calls that the emulator got, optionally of one kind. */
export const calls = async (op?: string): Promise<Call[]> => {
  const answer = await control<{ calls: Call[] }>('/calls')
  return op === undefined ? answer.calls : answer.calls.filter((entry) => entry.op === op)
}

export interface Job {
  readonly request_id: string
  readonly input: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly webhook_url: string | null
  readonly outcome: string
  readonly final: 'completed' | 'failed' | 'cancelled' | null
  readonly billed: boolean
  readonly listed: boolean
  readonly billed_usd: number | null
}

/** The jobs that the emulator accepted: the truth. */
export const jobs = async (): Promise<Job[]> => (await control<{ jobs: Job[] }>('/jobs')).jobs

/** The first job, which must exist. */
export const theJob = async (): Promise<Job> => {
  const [job] = await jobs()
  if (job === undefined) throw new Error('fal has no job')
  return job
}

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

/** The held webhooks, once there are `count` of them. */
export const hooks = (count = 1): Promise<HeldHook[]> =>
  eventually(async () => {
    const held = await heldHooks()
    return held.length >= count && held
  })

/** The first held webhook, once there is one. */
export const theHook = (): Promise<HeldHook> => eventually(async () => (await heldHooks())[0])

/** POSTs to one of the Worker's callback addresses as fal would, without a key. */
export const callBack = (url: string, headers: Record<string, string>, body: BodyInit) =>
  api.call(url.replace(api.ORIGIN, ''), {
    method: 'POST',
    headers: { authorization: '', ...headers },
    body,
  })

/** Any body, signed with fal's own key. */
export const signed = (body: unknown, fields: Record<string, unknown> = {}) =>
  control<{ headers: Record<string, string>; body: string }>('/sign', { body, ...fields })

/** Delivers a held webhook to the Worker, as fal would, and tells the emulator the answer. */
export const deliver = async (hook: HeldHook): Promise<Response> => {
  const response = await callBack(hook.url, hook.headers, hook.body)
  await control(`/webhooks/${hook.id}/ack`, { status: response.status })
  return response
}

/** Delivers every webhook that is held now. */
export const deliverAll = async (): Promise<void> => {
  for (const hook of await heldHooks()) await deliver(hook)
}

/** Advances fal's own clock, and delivers its webhooks. */
export const finish = async (advance_ms = 600_000): Promise<void> => {
  await control('/clock', { advance_ms })
  await deliverAll()
}

/** Delivers every webhook that is held, once there is one. */
export const deliverNext = async (): Promise<void> => {
  await hooks()
  await deliverAll()
}

/** A generation that has its video. */
export const completed = async (
  input: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<CompletedGeneration> => {
  const { id } = await api.create(input, headers)
  await deliverAll()
  const done = await api.readUntil(id, 'completed')
  if (done.status !== 'completed') throw new Error('not completed')
  return done
}
