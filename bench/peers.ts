/** Starts the peers that the gateway is compared with, each in a process of its own. */
import { NO_LIMIT } from './account.ts'
import type { RunningEmulator } from './emulator.ts'
import { bundle, type RunningWorker, startWorker } from './workerd.ts'

const COMPATIBILITY_DATE = '2026-10-23'

export interface Peer {
  readonly who: string
  readonly worker: RunningWorker
}

export interface Peers extends AsyncDisposable {
  readonly all: readonly Peer[]
}

const PEERS: readonly { who: string; entry: string; objects?: Record<string, string> }[] = [
  { who: 'bare Worker', entry: 'peers/bare-worker.ts' },
  { who: 'Hono, zod, fal client, KV', entry: 'peers/plain-app.ts' },
  { who: 'bare Durable Object', entry: 'peers/bare-object.ts', objects: { JOBS: 'Jobs' } },
]

/** Starts the named peers, or all. */
export const startPeers = async (
  emulator: RunningEmulator,
  names?: readonly string[],
): Promise<Peers> => {
  await using running = new AsyncDisposableStack()
  const all: Peer[] = []
  for (const peer of PEERS.filter(({ who }) => names?.includes(who) ?? true)) {
    const worker = await startWorker(await bundle(peer.entry), {
      compatibilityDate: COMPATIBILITY_DATE,
      durableObjects: Object.fromEntries(
        Object.entries(peer.objects ?? {}).map(([name, className]) => [
          name,
          { className, useSQLite: true, unsafePreventEviction: true },
        ]),
      ),
      ratelimits: { KEY_LIMIT: { namespace_id: '1', simple: { limit: NO_LIMIT, period: 10 } } },
      bindings: {
        FAL_QUEUE_URL: emulator.url,
        FAL_KEY: emulator.falKey,
        // Their jobs outlast the bench, so no hook comes.
        WEBHOOK_URL: 'http://127.0.0.1:9/hook',
      },
    })
    all.push({ who: peer.who, worker: running.use(worker) })
  }
  const handedOver = running.move()
  return { all, [Symbol.asyncDispose]: () => handedOver.disposeAsync() }
}
