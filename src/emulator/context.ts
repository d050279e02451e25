/** What the emulator's routes share: its memory, its clock and its switches. */
import type { Agenda } from './agenda.ts'
import type { CallLog } from './calls.ts'
import type { Clock } from './clock.ts'
import type { Faults } from './faults.ts'
import type { Job } from './jobs.ts'
import type { Settings } from './settings.ts'
import type { PublicKey, Signer } from './signatures.ts'
import type { Webhooks } from './webhooks.ts'

export interface EmulatorContext {
  falKey: string
  /** Replaces the origin of the request in the URLs that answers carry. */
  origin: string | undefined
  clock: Clock
  agenda: Agenda
  calls: CallLog
  faults: Faults
  webhooks: Webhooks
  jobs: Map<string, Job>
  settings: Settings
  newId(): string
  loadVideo(name: string): Promise<Uint8Array>
  /** Size of the video that a job gives; undefined where there is none. */
  fileBytes(job: Job): Promise<number | undefined>
  signer(): Signer
  publicKeys(): Promise<PublicKey[]>
  rotateKey(keepPrevious: boolean): void
  /** Aborted when the emulator forgets everything or closes. */
  ended(): AbortSignal
  /** Tells open streams that a job or the clock has changed. */
  changed(): void
  /** Resolves at the next change. */
  nextChange(): Promise<void>
  /** Forgets everything but the signing key, which a gateway may have cached. */
  reset(): void
}
