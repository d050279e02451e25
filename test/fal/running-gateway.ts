/** A gateway under wrangler with the emulator behind it, each on a free port, for callers from outside. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/ports.ts'
import { newKey, writeEnvFile } from '../../scripts/secrets.ts'
import { startStack } from '../../scripts/stack.ts'
import { DEFAULT_FAL_KEY } from '../../src/emulator/index.ts'

export interface RunningGateway extends AsyncDisposable {
  readonly url: string
  readonly adminKey: string
  /** Speaks to the emulator's control endpoint. */
  control<T>(path: string, body?: unknown): Promise<T>
  /** A new key for an account of its own, with a budget of its own. */
  newKey(accountId: string, scopes?: readonly string[]): Promise<string>
}

export const startGateway = async (): Promise<RunningGateway> => {
  await using started = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-test-'))
  started.defer(() => rmSync(folder, { recursive: true, force: true }))
  const secrets = { FAL_KEY: DEFAULT_FAL_KEY, ADMIN_KEY: newKey(), SIGNING_KEY: newKey() }
  const secretsPath = join(folder, 'secrets.env')
  writeEnvFile(secretsPath, secrets)
  const stack = started.use(
    await startStack({
      port: await freePort(),
      emulatorPort: await freePort(),
      secrets,
      secretsPath,
      statePath: join(folder, 'state'),
      logPath: join(folder, 'wrangler.log'),
      signal: AbortSignal.timeout(90_000),
    }),
  )
  const send = async <T>(url: string, init: RequestInit): Promise<T> => {
    const response = await fetch(url, init)
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const json = (body: unknown, headers = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const control = <T>(path: string, body?: unknown) =>
    send<T>(`${stack.emulatorUrl}/_emulator${path}`, body === undefined ? {} : json(body))
  const handedOver = started.move()
  return {
    url: stack.url,
    adminKey: secrets.ADMIN_KEY,
    control,
    newKey: async (accountId, scopes = ['generations:read', 'generations:write']) => {
      const asked = { account_id: accountId, name: 'test', scopes }
      const authorization = `Bearer ${secrets.ADMIN_KEY}`
      const made = await send<{ key: string }>(
        `${stack.url}/v1/keys`,
        json(asked, { authorization }),
      )
      return made.key
    },
    [Symbol.asyncDispose]: () => handedOver.disposeAsync(),
  }
}
