/** fal's queue as one web-standard function from request to answer; nothing here needs Node. */
import { Hono } from 'hono'
import { plainError } from './answers.ts'
import { createContext } from './context.ts'
import type { EmulatorContext, EmulatorOptions } from './context.ts'
import { controlRoutes } from './control.ts'
import { file } from './files.ts'
import { observe } from './observe.ts'
import type { EmulatorEnv } from './observe.ts'
import { platformRoutes } from './platform.ts'
import { cancel, result, status, statusStream } from './requests.ts'
import { run } from './run.ts'
import type { Store } from './store.ts'
import { submit } from './submit.ts'
import { truthOf } from './truth.ts'
import type { JobTruth } from './truth.ts'

const MODEL = '/fal-ai/pika/v2.2/text-to-video'
const REQUEST = '/fal-ai/pika/requests/:id'

/** fal's queue, in process. */
export interface Emulator {
  /**
   * Answers a request, routed by path alone.
   *
   * @throws ConnectionLost (a TypeError) if the connection ends without an answer
   */
  fetch(request: Request): Promise<Response>
  /** The truth about every accepted job. */
  jobs(): JobTruth[]
  /** Ends streams, hanging calls and deliveries, and forgets what it does not keep on disk. */
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
  return restoreEmulator(options)
}

/** Starts from what a store has saved. */
export function restoreEmulator(options: EmulatorOptions, store?: Store): Emulator {
  const emulator = createContext(options, store)
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
    const end = c.get('keepRunning')()
    return statusStream(emulator, job, wantsLogs(c.req.query('logs')), c.get('gone'), end)
  })
  app.get(REQUEST, observe(emulator, 'result'), async (c) =>
    result(emulator, jobOf(c.req.param('id'))),
  )
  app.put(`${REQUEST}/cancel`, observe(emulator, 'cancel'), async (c) =>
    cancel(emulator, jobOf(c.req.param('id'))),
  )
  app.route('/v1', platformRoutes(emulator))
  app.all('*', observe(emulator, 'unknown'), (c) => {
    const isAuthorized = c.req.header('authorization') === `Key ${emulator.falKey}`
    return plainError(isAuthorized ? 404 : 401)
  })
  // Rethrown: an error that ends a connection must not become an answer.
  app.onError((error) => {
    throw error
  })
  return app
}
