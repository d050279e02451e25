/** A gateway that begins with nothing and leaves nothing behind, for runs that measure or torment it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_FAL_KEY } from '../src/emulator/index.ts'
import { freePort } from './ports.ts'
import { newKey, type Secrets, writeEnvFile } from './secrets.ts'
import { startStack } from './stack.ts'

export interface FreshStack {
  readonly url: string
  readonly secrets: Secrets
  /** Calls the gateway with its own key. */
  readonly ask: <T>(method: string, path: string, body?: unknown) => Promise<T>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts it with jobs that take no time, in a folder of its own. */
export const startFreshStack = async (signal: AbortSignal): Promise<FreshStack> => {
  await using running = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-'))
  running.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const secrets = { FAL_KEY: DEFAULT_FAL_KEY, ADMIN_KEY: newKey(), SIGNING_KEY: newKey() }
  const secretsPath = join(folder, 'secrets.env')
  writeEnvFile(secretsPath, secrets)
  const stack = running.use(
    await startStack({
      port: await freePort(),
      emulatorPort: 0,
      secrets,
      secretsPath,
      statePath: join(folder, 'state'),
      logPath: join(folder, 'wrangler.log'),
      signal,
    }),
  )
  const settings = JSON.stringify({ queue_ms: 0, render_ms: 0 })
  await fetch(`${stack.emulatorUrl}/_emulator/settings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: settings,
  })
  const handedOver = running.move()
  return {
    url: stack.url,
    secrets,
    ask: async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const response = await fetch(stack.url + path, {
        method,
        headers: {
          authorization: `Bearer ${secrets.ADMIN_KEY}`,
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!response.ok) {
        throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
      }
      return JSON.parse(await response.text())
    },
    [Symbol.asyncDispose]: () => handedOver.disposeAsync(),
  }
}
