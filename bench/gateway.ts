/** The measured gateway, as wrangler.toml describes it. */
import { join } from 'node:path'
import { unstable_readConfig } from 'wrangler'
import { freePort } from '../scripts/ports.ts'
import { newKey } from '../scripts/secrets.ts'
import { PROJECT } from '../scripts/wrangler.ts'
import {
  type BenchAccount,
  createAccount,
  DAY_MS,
  type Headers,
  NO_LIMIT,
  OPEN,
} from './account.ts'
import type { RunningEmulator } from './emulator.ts'
import { bundle, type RunningWorker, startWorker } from './workerd.ts'
import type { Copies } from './worker/control.ts'

export interface BenchGateway extends AsyncDisposable {
  readonly worker: RunningWorker
  readonly admin: Headers
  /** A new account with this many generations of each kind. */
  readonly newAccount: (holds?: Holds) => Promise<BenchAccount>
}

interface Holds {
  readonly open?: number
  readonly settled?: number
}

/** What is read from wrangler.toml. */
interface Config {
  readonly alias: Readonly<Record<string, string>>
  readonly compatibility_date: string
  readonly compatibility_flags: string[]
  readonly durable_objects: { readonly bindings: { name: string; class_name: string }[] }
  readonly ratelimits: { name: string; namespace_id: string; simple: { period: 10 | 60 } }[]
}

const readConfig = (): Config =>
  unstable_readConfig({ config: join(PROJECT, 'wrangler.toml') }) as Config

/** The module that wrangler would upload. */
export const bundleGateway = (entry: string): Promise<string> => bundle(entry, readConfig().alias)

export const startGateway = async (
  emulator: Pick<RunningEmulator, 'url' | 'jwksUrl' | 'falKey'>,
): Promise<BenchGateway> => {
  const [port, adminKey, config] = [await freePort(), newKey(), readConfig()]
  const admin = { authorization: `Bearer ${adminKey}` }
  const worker = await startWorker(await bundleGateway('worker/gateway.ts'), {
    port,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map(({ name, class_name: className }) => [
        name,
        { className, useSQLite: true, unsafePreventEviction: true },
      ]),
    ),
    // Called as always, but with limits that a load test does not reach.
    ratelimits: Object.fromEntries(
      config.ratelimits.map(({ name, namespace_id, simple: { period } }) => [
        name,
        { namespace_id, simple: { limit: NO_LIMIT, period } },
      ]),
    ),
    bindings: {
      FAL_QUEUE_URL: emulator.url,
      MEDIA_HOSTS: new URL(emulator.url).host,
      FAL_API_URL: `${emulator.url}/v1`,
      FAL_JWKS_URL: emulator.jwksUrl,
      FAL_KEY: emulator.falKey,
      ADMIN_KEY: adminKey,
      SIGNING_KEY: newKey(),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      MAX_AT_FAL: String(NO_LIMIT),
    },
  })
  let accounts = 0
  return {
    worker,
    admin,
    newAccount: async ({ open = 0, settled = 0 } = {}) => {
      const account = await createAccount(worker, `bench-${++accounts}`, admin)
      const copies: Copies[] = []
      const copy = (like: string, count: number) => {
        const atMs = Date.now() - 1000
        // Due only after the bench.
        const times = { fromMs: atMs, toMs: atMs, dueAtMs: atMs + DAY_MS }
        copies.push({ table: 'generations', like, count: count - 1, ...times })
      }
      if (settled > 0) {
        const { id } = await account.post()
        await account.settled(id)
        copy(id, settled)
      }
      if (open > 0) copy((await account.post(OPEN)).id, open)
      await account.fillWith(...copies)
      return account
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  }
}
