/** An account of the measured gateway, and the bench's calls to it. */
import { type Asked, send } from './load.ts'
import type { Counts } from './results.ts'
import type { Copies, Metered } from './worker/control.ts'
import type { RunningWorker } from './workerd.ts'

export const DAY_MS = 86_400_000
/** The marker of a job that never ends while the bench runs. */
export const OPEN = 'render_ms=3600000'
/** High enough that every limit is counted and none is reached. */
export const NO_LIMIT = 1_000_000
/** Keeps every call to an object short enough. */
const COPIED_AT_ONCE = 10_000
/** After this long without a statement, no work is left. */
const QUIET_MS = 500

export type Headers = Readonly<Record<string, string>>

export interface Generation {
  readonly id: string
  readonly client_secret: string
}

/** Once disposed of, it has no work any more. */
export interface BenchAccount extends AsyncDisposable {
  readonly id: string
  /** Carry its API key, which has the same budgets as the account. */
  readonly headers: Headers
  /** Creates a generation, with an idempotency key. `markers` decide how it ends. */
  readonly post: (markers?: string) => Promise<Generation>
  /** Posts to any path of the API. */
  readonly ask: <T>(path: string, body: unknown) => Promise<T>
  /** Waits until a generation has ended and is stored in KV. */
  readonly settled: (id: string) => Promise<void>
  /** Fills it with copies of what it holds. */
  readonly fillWith: (...copies: readonly Copies[]) => Promise<void>
  /** Every statement in it and in the Directory, from `work` until nothing more happens. */
  readonly metered: (work: () => Promise<unknown>) => Promise<Metered[]>
  readonly control: <T>(operation: string, body?: unknown) => Promise<T>
}

export const createAccount = async (
  { url, hasKv }: RunningWorker,
  id: string,
  admin: Headers,
): Promise<BenchAccount> => {
  const ask = async <T>(path: string, body: unknown, more: Partial<Asked> = {}): Promise<T> =>
    JSON.parse(await send(url, { method: 'POST', path, body, ...more }))
  const control = <T>(operation: string, body: unknown = null) =>
    ask<T>(`/bench/${id}/${operation}`, body)

  const budgets = { daily_budget_usd: NO_LIMIT, monthly_budget_usd: NO_LIMIT }
  const settings = { ...budgets, max_open: 100_000 }
  await ask(`/v1/accounts/${id}`, settings, { method: 'PUT', headers: admin })
  const scopes = ['generations:read', 'generations:write', 'schedules:read', 'schedules:write']
  const request = { account_id: id, name: 'bench', scopes, ...budgets }
  const { key } = await ask<{ key: string }>('/v1/keys', request, { headers: admin })
  const headers = { authorization: `Bearer ${key}` }

  return {
    id,
    headers,
    control,
    ask: (path, body) => ask(path, body, { headers }),
    post: async (markers) => JSON.parse(await send(url, postOf(headers, markers))) as Generation,
    settled: async (generationId) => {
      for (let tries = 0; !(await hasKv(`generation:${generationId}`)); tries++) {
        if (tries > 1000) throw new Error(`${generationId} has not settled`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    fillWith: async (...all) => {
      for (const { count, fromMs, toMs, ...copies } of all) {
        const at = (index: number) => fromMs + ((toMs - fromMs) * index) / count
        for (let done = 0; done < count; done += COPIED_AT_ONCE) {
          const more = Math.min(COPIED_AT_ONCE, count - done)
          const part = { count: more, fromMs: at(done), toMs: at(done + more) }
          await control('copy', { ...copies, ...part })
        }
      }
      await control('add-up')
    },
    metered: async (work) => {
      await control('meter', true)
      await work()
      const all: Metered[] = []
      for (let more: Metered[]; (more = await control('meter', true)).length > 0;) {
        all.push(...more)
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
      }
      await control('meter', false)
      return all
    },
    [Symbol.asyncDispose]: () => control('retire'),
  }
}

/** The request of every POST of the bench. */
export const postOf = (headers: Headers, markers = ''): Asked => ({
  method: 'POST',
  path: '/v1/generations',
  headers: { ...headers, 'idempotency-key': crypto.randomUUID() },
  body: { prompt: `Sunlight on a slow river [emulator: ${markers}]` },
})

export const sum = (metered: readonly Metered[]): Counts => ({
  statements: metered.reduce((all, { statements }) => all + statements, 0),
  rowsRead: metered.reduce((all, { rowsRead }) => all + rowsRead, 0),
  rowsWritten: metered.reduce((all, { rowsWritten }) => all + rowsWritten, 0),
})
