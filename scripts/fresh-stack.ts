/** A gateway that starts empty and leaves nothing behind. */
import { join } from 'node:path'
import { DEFAULT_FAL_KEY } from '../src/emulator/index.ts'
import { freePort } from './ports.ts'
import { newKey, type Secrets, writeEnvFile } from './secrets.ts'
import { startStack } from './stack.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface FreshStack {
  readonly url: string
  readonly secrets: Secrets
  [Symbol.asyncDispose](): Promise<void>
}

export interface FreshStackOptions {
  /** Runs with fal itself; without it, with fal's emulator. */
  readonly falKey?: string | undefined
  /** How long the emulator's jobs wait and render. Default: no time. */
  readonly emulatorSettings?: Readonly<Record<string, number>>
}

export const startFreshStack = async (
  signal: AbortSignal,
  { falKey, emulatorSettings = { queue_ms: 0, render_ms: 0 } }: FreshStackOptions = {},
): Promise<FreshStack> => {
  await using running = new AsyncDisposableStack()
  const { path: folder } = running.use(temporaryFolder())
  const secrets = {
    FAL_KEY: falKey ?? DEFAULT_FAL_KEY,
    ADMIN_KEY: newKey(),
    SIGNING_KEY: newKey(),
  }
  const secretsPath = join(folder, 'secrets.env')
  writeEnvFile(secretsPath, secrets)
  const stack = running.use(
    await startStack({
      port: await freePort(),
      emulatorPort: falKey === undefined ? 0 : undefined,
      secrets,
      secretsPath,
      statePath: join(folder, 'state'),
      logPath: join(folder, 'wrangler.log'),
      signal,
    }),
  )
  if (stack.emulatorUrl !== undefined) {
    await fetch(`${stack.emulatorUrl}/_emulator/settings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(emulatorSettings),
    })
  }
  const handedOver = running.move()
  return {
    url: stack.url,
    secrets,
    [Symbol.asyncDispose]: () => handedOver.disposeAsync(),
  }
}
