/** What the emulator's routes share: its memory, its clock and its settings. */
import { createAgenda } from './agenda.ts'
import type { Agenda } from './agenda.ts'
import { createCallLog } from './calls.ts'
import type { CallLog } from './calls.ts'
import { createClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { createDeferred } from './deferred.ts'
import { createFaults } from './faults.ts'
import type { Faults } from './faults.ts'
import { createIds } from './ids.ts'
import { endingOf } from './jobs.ts'
import type { Job } from './jobs.ts'
import { videoName } from './model-input.ts'
import { DEFAULT_SETTINGS, settingsIn } from './settings.ts'
import type { Settings } from './settings.ts'
import { createSigner } from './signatures.ts'
import type { PublicKey, Signer } from './signatures.ts'
import { NO_STORE } from './store.ts'
import type { Store } from './store.ts'
import { createWebhooks } from './webhooks.ts'
import type { Webhooks } from './webhooks.ts'

/** The key that the emulator expects by default. */
export const DEFAULT_FAL_KEY = 'emulator-key-id:emulator-key-secret'
/** The only key that may read charges, by default. */
export const DEFAULT_BILLING_KEY = 'emulator-admin-id:emulator-admin-secret'

/** How the emulated fal behaves; omitted settings are as in `DEFAULT_SETTINGS`. */
export interface EmulatorOptions extends Partial<Settings> {
  /** Defaults to `DEFAULT_FAL_KEY`. */
  falKey?: string
  /** Defaults to `DEFAULT_BILLING_KEY`. */
  billingKey?: string
  /** Origin of the URLs in answers; defaults to the request's own. */
  origin?: string
  /** Loads the MP4 of a name such as `16x9-720p-5s`. */
  loadVideo: (name: string) => Promise<Uint8Array>
  /** Defaults to the real clock. */
  nowMs?: () => number
  /** Sends a webhook; defaults to the global `fetch`. */
  deliver?: (request: Request) => Promise<Response>
  /** Numbers in [0, 1), for request ids that can be reproduced; defaults to random UUIDs. */
  random?: () => number
}

export interface EmulatorContext {
  falKey: string
  billingKey: string
  /** Replaces the request's origin in the URLs of answers. */
  origin: string | undefined
  clock: Clock
  agenda: Agenda
  calls: CallLog
  faults: Faults
  webhooks: Webhooks
  jobs: Map<string, Job>
  settings: Settings
  newId(): string
  /** Stores a new or changed job, and plans its webhooks for its present end. */
  update(job: Job): Promise<void>
  loadVideo(name: string): Promise<Uint8Array>
  /** Size of a job's video; undefined if there is none. */
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
  /** Ends everything open, and forgets everything that is not stored for a restart. */
  close(): void
}

export function createContext(options: EmulatorOptions, store: Store = NO_STORE): EmulatorContext {
  const clock = createClock(options.nowMs ?? Date.now)
  const agenda = createAgenda(clock)
  const calls = createCallLog()
  const faults = createFaults()
  const jobs: EmulatorContext['jobs'] = new Map()
  const newId = createIds(options.random)
  const settings: Settings = { ...DEFAULT_SETTINGS }
  let [signer = createSigner(), previousSigner] = store.saved.keys.map((key) => createSigner(key))
  let savedSigner = store.saved.keys.length > 0 ? signer : undefined
  let ended = new AbortController()
  let change = createDeferred()

  const applyDefaults = () => {
    Object.assign(settings, DEFAULT_SETTINGS, settingsIn(options))
  }
  const changed = () => {
    change.resolve()
    change = createDeferred()
  }
  const fileBytes: EmulatorContext['fileBytes'] = async (job) => {
    if (endingOf(job).failure !== undefined) return undefined
    return (await options.loadVideo(videoName(job.input))).byteLength
  }
  const save = (job: Job) => {
    store.saveJob({ job, deliveries: webhooks.of(job) })
  }
  const webhooks = createWebhooks({
    clock,
    agenda,
    newId,
    fileBytes,
    settings: () => settings,
    signer: () => signer,
    deliver: options.deliver ?? (async (request) => fetch(request)),
    ended: () => ended.signal,
    answered: save,
  })
  const forget = () => {
    ended.abort()
    agenda.clear()
    webhooks.clear()
    jobs.clear()
    calls.clear()
    faults.clear()
    clock.reset()
    changed()
  }
  applyDefaults()
  for (const { job, deliveries } of store.saved.records) {
    jobs.set(job.requestId, job)
    webhooks.restore(job, deliveries)
  }

  return {
    clock,
    agenda,
    calls,
    faults,
    webhooks,
    jobs,
    settings,
    newId,
    changed,
    fileBytes,
    async update(job) {
      jobs.set(job.requestId, job)
      await webhooks.plan(job)
      save(job)
    },
    falKey: options.falKey ?? DEFAULT_FAL_KEY,
    billingKey: options.billingKey ?? DEFAULT_BILLING_KEY,
    origin: options.origin,
    loadVideo: options.loadVideo,
    signer: () => signer,
    async publicKeys() {
      const signers = previousSigner === undefined ? [signer] : [signer, previousSigner]
      // Saved before anyone reads them, since a gateway caches the keys.
      if (savedSigner !== signers[0]) {
        store.saveKeys(await Promise.all(signers.map(async (one) => one.privateKey())))
        savedSigner = signers[0]
      }
      return Promise.all(signers.map(async (one) => one.publicKey()))
    },
    rotateKey(keepPrevious) {
      previousSigner = keepPrevious ? signer : undefined
      signer = createSigner()
    },
    ended: () => ended.signal,
    nextChange: async () => change.promise,
    reset() {
      forget()
      store.clear()
      applyDefaults()
      ended = new AbortController()
    },
    close: forget,
  }
}
