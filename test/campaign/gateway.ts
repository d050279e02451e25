/** The Worker in its own process, which a campaign can kill and restart on the same state. */
import type { ChildProcess } from 'node:child_process'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withArchive } from '../../scripts/archive-config.ts'
import { freePort } from '../../scripts/ports.ts'
import { newKey } from '../../scripts/secrets.ts'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { endWrangler, PROJECT, requireWrangler, startWrangler } from '../../scripts/wrangler.ts'
import { type EmulatorServer, type ServerOptions, startEmulator } from '../../src/emulator/index.ts'

export const ADMIN_KEY = newKey()

/** Unclear jobs' webhooks are awaited for longer than even a slow machine needs. */
const TIMES = { START_TIMEOUT_SECONDS: 2, LONGEST_RUN_SECONDS: 15, HOOK_RETRIES_SECONDS: 3600 }
const MAX_START_MS = 180_000
const LOCAL_ENV = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // wrangler stops the whole process for half a minute each time it writes its own traces.
  X_LOCAL_OBSERVABILITY: 'false',
  NO_COLOR: '1',
}

type Vars = Readonly<Record<string, string | number>>

export type KillableGateway = Awaited<ReturnType<typeof createGateway>>

/** Starts a gateway in front of an emulator; disposing of it ends it. */
const createGateway = async (emulator: EmulatorServer, folder: string, changedVars: Vars) => {
  const [port, inspectorPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const log = createWriteStream(join(folder, 'wrangler.log'))
  const vars = {
    FAL_QUEUE_URL: emulator.url,
    MEDIA_HOSTS: new URL(emulator.url).host,
    FAL_API_URL: `${emulator.url}/v1`,
    FAL_JWKS_URL: emulator.jwksUrl,
    FAL_KEY: emulator.falKey,
    PUBLIC_URL: url,
    ADMIN_KEY,
    SIGNING_KEY: newKey(),
    MAX_AT_FAL: 600,
    MAX_OPEN: 100_000,
    DAILY_BUDGET_USD: 1_000_000,
    ...TIMES,
    ...changedVars,
  }
  const started: ChildProcess[] = []
  // Built once, because `wrangler dev` would restart whenever a source file is saved.
  await requireWrangler('deploy', '--dry-run', `--outdir=${join(folder, 'built')}`)
  const config = join(folder, 'wrangler.toml')
  writeFileSync(config, configWithoutBuild())

  /** Starts it on the state that it has written, with some settings changed. */
  const start = async (changes: Vars = {}): Promise<void> => {
    const wrangler = startWrangler(
      [
        'dev',
        join(folder, 'built', 'index.js'),
        '--no-bundle',
        `--config=${config}`,
        '--local',
        '--ip=127.0.0.1',
        `--port=${port}`,
        `--inspector-port=${inspectorPort}`,
        `--persist-to=${join(folder, 'state')}`,
        '--show-interactive-dev-session=false',
        ...Object.entries({ ...vars, ...changes }).map(([name, value]) => `--var=${name}:${value}`),
      ],
      { stdio: 'pipe', env: LOCAL_ENV },
    )
    started.push(wrangler)
    for (const output of [wrangler.stdout, wrangler.stderr]) output?.pipe(log, { end: false })
    const startedMs = Date.now()
    while (!(await isUp(url))) {
      if (wrangler.exitCode !== null || Date.now() - startedMs > MAX_START_MS) {
        throw new Error(`the gateway did not start; its log is ${join(folder, 'wrangler.log')}`)
      }
      await sleep(100)
    }
  }

  /** Kills the process abruptly, as a power cut would. */
  const kill = async (): Promise<void> => {
    const killed = started.pop()
    if (killed?.pid === undefined) return
    // Kill the whole group: workerd would outlive wrangler and keep serving the port.
    process.kill(-killed.pid, 'SIGKILL')
    await endWrangler(killed)
  }

  await start()
  return {
    url,
    /** The address of the Worker's inspector. */
    inspectorUrl: `http://127.0.0.1:${inspectorPort}`,
    kill,
    start,
    /** Its current process group. */
    group: () => started.at(-1)?.pid,
    /** Fires the cron trigger. */
    tick: async () => {
      await fetch(`${url}/cdn-cgi/local/scheduled`).catch(() => undefined)
    },
    [Symbol.asyncDispose]: async () => {
      for (const wrangler of started) await endWrangler(wrangler)
      log.end()
    },
  }
}

/** Starts a gateway and a fal that live until `cleanUp` is disposed of. */
export const startBoth = async (
  cleanUp: AsyncDisposableStack,
  settings: ServerOptions,
  vars: Vars = {},
) => {
  const { path: folder } = cleanUp.use(temporaryFolder())
  const emulator = cleanUp.use(await startEmulator(settings))
  const gateway = cleanUp.use(await createGateway(emulator, folder, vars))
  return { folder, emulator, gateway }
}

/** With a build command, wrangler would also watch the sources and restart. */
const configWithoutBuild = (): string =>
  withArchive(readFileSync(join(PROJECT, 'wrangler.toml'), 'utf8'))
    .replace(/^\[build\]\ncommand = .*\n/m, '')
    .replace('"./public"', JSON.stringify(join(PROJECT, 'public')))

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10_000) }).then(
    async (response) => response.ok && (await response.text()) !== '',
    () => false,
  )

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))
