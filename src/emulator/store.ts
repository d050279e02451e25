/** What survives a restart of the emulator: nothing, unless a store keeps it. */
import type { Delivery } from './delivery.ts'
import type { Job } from './jobs.ts'
import type { PrivateKey } from './signatures.ts'

/** A job, and every webhook that it has sent or must still send. */
export interface JobRecord {
  job: Job
  deliveries: Delivery[]
}

export interface Store {
  /** The state in which the emulator was left. */
  readonly saved: { readonly records: JobRecord[]; readonly keys: PrivateKey[] }
  /** Replaces the earlier record of the job. */
  saveJob(record: JobRecord): void
  /** The signing key, and the one before it while that is still published. */
  saveKeys(keys: PrivateKey[]): void
  clear(): void
}

/** Keeps nothing. */
export const NO_STORE: Store = {
  saved: { records: [], keys: [] },
  saveJob: () => undefined,
  saveKeys: () => undefined,
  clear: () => undefined,
}
