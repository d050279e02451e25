/** fal's queue as one web-standard function from request to answer; nothing here needs Node. */
import { Hono } from 'hono'
import { createAgenda } from './agenda.ts'
import { plainError } from './answers.ts'
import { createCallLog } from './calls.ts'
import { createClock } from './clock.ts'
import type { EmulatorContext } from './context.ts'
import { controlRoutes } from './control.ts'
import { createFaults } from './faults.ts'
import { file } from './files.ts'
import { endingOf } from './jobs.ts'
import { videoName } from './model-input.ts'
import { observe } from './observe.ts'
import type { EmulatorEnv } from './observe.ts'
import { createIds } from './ids.ts'
import { cancel, result, status, statusStream } from './requests.ts'
import { run } from './run.ts'
import { DEFAULT_SETTINGS } from './settings.ts'
import type { Settings } from './settings.ts'
import { createSigner } from './signatures.ts'
import { submit } from './submit.ts'
import { truthOf } from './truth.ts'
import type { JobTruth } from './truth.ts'
import { createWebhooks } from './webhooks.ts'

/** The key that the emulator asks for unless told otherwise. */
export const DEFAULT_FAL_KEY = 'emulator-key-id:emulator-key-secret'

const MODEL = '/fal-ai/pika/v2.2/text-to-video'
const REQUEST = '/fal-ai/pika/requests/:id'

export interface EmulatorOptions {
  /** Defaults to `DEFAULT_FAL_KEY`. */
  falKey?: string
  /** Origin of the URLs in answers; defaults to the one that the request came to. */
  origin?: string
  /** Wait in line, 1,000 by default. */
  queueMs?: number
  /** Time from the start to the video, 4,000 by default. */
  renderMs?: number
  /** Gives the MP4 of a name such as `16x9-720p-5s`. */
  loadVideo: (name: string) => Promise<Uint8Array>
  /** Defaults to the real clock. */
  nowMs?: () => number
  /** Sends a webhook; defaults to the global `fetch`. */
  deliver?: (request: Request) => Promise<Response>
  /** Numbers in [0, 1), for request ids that repeat; defaults to random UUIDs. */
  random?: () => number
}

export interface Emulator {
  /**
   * Answers a request, routed by path alone.
   *
   * @throws ConnectionLost (a TypeError) where the connection ends without an answer
   */
  fetch(request: Request): Promise<Response>
  /** The truth about every accepted job. */
  jobs(): JobTruth[]
  /** Ends streams, hanging calls and deliveries, and forgets everything. */
  close(): void
}

/**
 * fal's queue for `fal-ai/pika/v2.2/text-to-video`, in process.
 *
 * @example
 * const emulator = createEmulator({ loadVideo: readVideo, queueMs: 0, renderMs: 50 })
 * const response = await emulator.fetch(new Request('https://queue.fal.run/…'))
 */
export function createEmulator(options: EmulatorOptions): Emulator {
  const emulator = createContext(options)
  const app = createApp(emulator)
  return {
    fetch: async (request) => app.fetch(request),
    jobs: () => truthOf(emulator),
    close: () => emulator.close(),
  }
}

function wantsLogs(value: string | undefined): boolean {
  return value === '1' || value === 'true'
}

function createApp(emulator: EmulatorContext): Hono<EmulatorEnv> {
  const app = new Hono<EmulatorEnv>()
  const jobOf = (id: string) => emulator.jobs.get(id)

  app.route('/_emulator', controlRoutes(emulator))
  app.get('/.well-known/jwks.json', observe(emulator, 'jwks'), async (c) =>
    c.json({ keys: await emulator.publicKeys() }),
  )
  app.get('/files/:id/output.mp4', observe(emulator, 'files'), async (c) =>
    file(emulator, jobOf(c.req.param('id')), c.req.raw),
  )
  app.post(`/run${MODEL}`, observe(emulator, 'run'), async (c) => run(emulator, c))
  app.post(MODEL, observe(emulator, 'submit'), async (c) => submit(emulator, c))
  app.get(`${REQUEST}/status`, observe(emulator, 'status'), (c) =>
    status(emulator, jobOf(c.req.param('id')), wantsLogs(c.req.query('logs'))),
  )
  app.get(`${REQUEST}/status/stream`, observe(emulator, 'stream'), (c) => {
    const job = jobOf(c.req.param('id'))
    const leave = c.get('keepRunning')()
    return statusStream(emulator, job, wantsLogs(c.req.query('logs')), c.get('gone'), leave)
  })
  app.get(REQUEST, observe(emulator, 'result'), async (c) =>
    result(emulator, jobOf(c.req.param('id'))),
  )
  app.put(`${REQUEST}/cancel`, observe(emulator, 'cancel'), async (c) =>
    cancel(emulator, jobOf(c.req.param('id'))),
  )
  app.all('*', observe(emulator, 'unknown'), (c) => {
    const isAuthorized = c.req.header('authorization') === `Key ${emulator.falKey}`
    return plainError(isAuthorized ? 404 : 401)
  })
  // Thrown on to the caller: what ends a connection must not become an answer.
  app.onError((error) => {
    throw error
  })
  return app
}

function createContext(options: EmulatorOptions): EmulatorContext & { close(): void } {
  const clock = createClock(options.nowMs ?? Date.now)
  const agenda = createAgenda(clock)
  const calls = createCallLog()
  const faults = createFaults()
  const jobs: EmulatorContext['jobs'] = new Map()
  const newId = createIds(options.random)
  const settings: Settings = { ...DEFAULT_SETTINGS }
  let signer = createSigner()
  let previousSigner: typeof signer | undefined
  let ended = new AbortController()
  let change = Promise.withResolvers<void>()

  const applyDefaults = () => {
    const { queueMs = DEFAULT_SETTINGS.queueMs, renderMs = DEFAULT_SETTINGS.renderMs } = options
    Object.assign(settings, DEFAULT_SETTINGS, { queueMs, renderMs })
  }
  const changed = () => {
    change.resolve()
    change = Promise.withResolvers<void>()
  }
  const fileBytes: EmulatorContext['fileBytes'] = async (job) => {
    if (endingOf(job).failure !== undefined) return undefined
    return (await options.loadVideo(videoName(job.input))).byteLength
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
    falKey: options.falKey ?? DEFAULT_FAL_KEY,
    origin: options.origin,
    loadVideo: options.loadVideo,
    signer: () => signer,
    async publicKeys() {
      const signers = previousSigner === undefined ? [signer] : [signer, previousSigner]
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
      applyDefaults()
      ended = new AbortController()
    },
    close: forget,
  }
}
