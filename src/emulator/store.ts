/** What outlives a restart of the emulator, and where it is kept: in memory, unless told otherwise. */
import type { Delivery } from './delivery.ts'
import type { Job } from './jobs.ts'
import type { PrivateKey } from './signatures.ts'

/** A job, and every webhook that it has sent or still owes. */
export interface JobRecord {
  job: Job
  deliveries: Delivery[]
}

export interface Store {
  /** As the emulator was left. */
  readonly saved: { readonly records: JobRecord[]; readonly keys: PrivateKey[] }
  /** In place of the record that the job had before. */
  saveJob(record: JobRecord): void
  /** The signing key, and the one before it while that is still published. */
  saveKeys(keys: PrivateKey[]): void
  /** Forgets every job. */
  clear(): void
}

/** Keeps nothing. */
export const NO_STORE: Store = {
  saved: { records: [], keys: [] },
  saveJob: () => undefined,
  saveKeys: () => undefined,
  clear: () => undefined,
}
