/** The one gateway under wrangler for all tests from outside, with the emulator behind it. */
import { startStack } from '../../scripts/stack.ts'
import type { Started } from './setup.ts'
import { shared } from './shared.ts'

export interface GatewayAddress {
  readonly url: string
  readonly emulatorUrl: string
  readonly adminKey: string
}

interface EmulatedJob {
  readonly request_id: string
  readonly cancel_asked: boolean
  readonly input: { readonly prompt: string }
}

export type RunningGateway = Awaited<ReturnType<typeof sharedGateway>>

const READ_AND_WRITE = ['generations:read', 'generations:write']

/** Starts it on free ports. Jobs are done at once, unless their prompts say otherwise. */
export const startGateway = async (): Promise<Started<GatewayAddress>> => {
  const stack = await startStack({
    signal: new AbortController().signal,
    emulator: { queueMs: 0, renderMs: 50 },
  })
  const { url, emulatorUrl = '', secrets } = stack
  return {
    told: { url, emulatorUrl, adminKey: secrets.ADMIN_KEY },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  }
}

export const sharedGateway = async () => {
  const { url, emulatorUrl, adminKey } = await shared('gateway')
  const control = <T>(path: string, init?: RequestInit) =>
    send<T>(`${emulatorUrl}/_emulator${path}`, init)
  const jobOf = async (prompt: string): Promise<EmulatedJob> => {
    const { jobs } = await control<{ jobs: EmulatedJob[] }>('/jobs')
    const found = jobs.findLast(({ input }) => input.prompt === prompt)
    if (found === undefined) throw new Error(`fal has no job of ${prompt}`)
    return found
  }
  return {
    url,
    adminKey,
    /** A new key for a new account, which has its own budget. */
    newKey: async (accountId: string, scopes: readonly string[] = READ_AND_WRITE) => {
      const asked = { account_id: accountId, name: 'test', scopes }
      const authorization = `Bearer ${adminKey}`
      const made = await send<{ key: string }>(`${url}/v1/keys`, json(asked, { authorization }))
      return made.key
    },
    /** How often a prompt was submitted to fal. */
    submits: async (prompt: string) => {
      const { calls } = await control<{ calls: { op: string; prompt?: string }[] }>('/calls')
      return calls.filter((call) => call.op === 'submit' && call.prompt === prompt).length
    },
    /** The newest job with a prompt. */
    jobOf,
    /** Moves that job ahead in time, and no other. */
    advance: async (prompt: string, ms: number) => {
      const { request_id: id } = await jobOf(prompt)
      await control(`/jobs/${id}/advance`, json({ ms }))
    },
  }
}

const json = (body: unknown, headers = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const send = async <T>(url: string, init: RequestInit = {}): Promise<T> => {
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
