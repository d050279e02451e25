/** The Worker's calls for an account's API keys. */
import type { KeysApi } from '../domain/account.ts'
import { keyState } from '../domain/key.ts'
import type { Clock } from './clock.ts'
import type { Core } from './core.ts'
import type { Keys } from './keys.ts'
import { isDoneWithin } from './patience.ts'
import { rpcTarget } from './rpc.ts'

/** A key is shown once and used at once, so it goes to KV before it is shown. */
const KV_PATIENCE_MS = 3000

export const createKeysRpc = ({ gate }: Core, keys: Keys, clock: Clock) => {
  const untilInKv = () => isDoneWithin(clock.settleOutbox(), KV_PATIENCE_MS)

  return rpcTarget<KeysApi>({
    add: async (record) => {
      gate.refill()
      if (!keys.add(record)) return 'too_many'
      await untilInKv()
      return 'added'
    },
    list: keys.list,
    get: (id) => keys.find(id) ?? null,
    ofHash: (hash) => keys.findByHash(hash) ?? null,
    revoke: async (id) => {
      gate.refill()
      const revoked = keys.revoke(id)
      await untilInKv()
      return revoked ?? null
    },
    noteUse: (id) => {
      const nowMs = Date.now()
      const stored = keys.find(id)
      if (stored === undefined) return 'unknown'
      keys.noteUse(stored, nowMs)
      return keyState(stored.record, nowMs)
    },
  })
}
