/** fal, whose part the emulator plays, for the tests in workerd. */
import * as api from './api.ts'

const EMULATOR = 'https://emulator.test/_emulator'

/** A prompt that asks the emulator for the fate of its own request. */
export const marked = (markers: string): string => `${api.PROMPT} [emulator: ${markers}]`

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

export interface Call {
  readonly op: string
  readonly method: string
  readonly at_ms: number
  readonly request_id?: string
  readonly prompt?: string
  readonly status: number | string | null
  readonly authorized: boolean
}

/** What the emulator was asked, optionally of one kind. */
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
  const response = await api.send(
    new Request(api.ORIGIN + pathname + search, {
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
