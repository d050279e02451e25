/** An account of the gateway that is measured, and what the bench asks of it. */
import { type Asked, send } from './load.ts'
import type { Counts } from './results.ts'
import type { Copies, Metered } from './worker/control.ts'
import type { RunningWorker } from './workerd.ts'

export const DAY_MS = 86_400_000
/** Never ends while the bench runs. */
export const OPEN = 'render_ms=3600000'
/** No limit is reached, so that all of them are counted and none is met. */
export const NO_LIMIT = 1_000_000
/** So that no call to an object takes too long. */
const COPIED_AT_ONCE = 10_000
/** Without a statement for so long, nothing more is under way. */
const QUIET_MS = 500

export type Headers = Readonly<Record<string, string>>

export interface Generation {
  readonly id: string
  readonly client_secret: string
}

/** Disposed of, it has nothing to do any more. */
export interface BenchAccount extends AsyncDisposable {
  readonly id: string
  /** Its API key, which has budgets as its account has. */
  readonly headers: Headers
  /** Makes a generation, with an idempotency key. `markers` decide its fate. */
  readonly post: (markers?: string) => Promise<Generation>
  /** Posts to any path of the API. */
  readonly ask: <T>(path: string, body: unknown) => Promise<T>
  /** Waits until a generation is over, and written wherever it is kept. */
  readonly settled: (id: string) => Promise<void>
  /** Has more of what it holds, copied from one of each. */
  readonly fillWith: (...copies: readonly Copies[]) => Promise<void>
  /** What runs in it and in the Directory from here until nothing more happens. */
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

/** The request that every POST of the bench is. */
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
