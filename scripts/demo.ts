/** `npm run demo`: one video from a prompt to a file, on this machine or, with --live, at fal. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import {
  type CompletedGeneration,
  createPikaClient,
  type Generation,
  PikaError,
} from '../src/client/index.ts'
import { DEFAULT_FAL_KEY } from '../src/emulator/index.ts'
import { HELP, readDemoArguments } from './demo-input.ts'
import { agreeToPay, cancelAtFal } from './demo-live.ts'
import { runScript } from './interrupt.ts'
import { readMp4 } from './mp4.ts'
import { freePort } from './ports.ts'
import { createProgress } from './progress.ts'
import { newKey, writeEnvFile } from './secrets.ts'
import { startStack } from './stack.ts'

/** A live job may wait in fal's queue; the emulator is done in seconds. */
const MAX_LIVE_MS = 30 * 60_000
const MAX_LOCAL_MS = 60_000

const demo = async (signal: AbortSignal): Promise<void> => {
  const { isLive, isAgreed, wantsHelp, input, outPath } = readDemoArguments(process.argv.slice(2))
  if (wantsHelp) return void process.stdout.write(HELP)
  const falKey = isLive ? await agreeToPay(input, isAgreed, signal) : DEFAULT_FAL_KEY

  await using cleanUp = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-demo-'))
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const secrets = { FAL_KEY: falKey, ADMIN_KEY: newKey(), SIGNING_KEY: newKey() }
  const secretsPath = join(folder, 'secrets.env')
  writeEnvFile(secretsPath, secrets)

  process.stdout.write(
    `Starting the gateway, with ${isLive ? 'fal' : "fal's emulator"} behind it\n`,
  )
  const stack = cleanUp.use(
    await startStack({
      port: await freePort(),
      emulatorPort: isLive ? undefined : 0,
      secrets,
      secretsPath,
      statePath: join(folder, 'state'),
      logPath: join(folder, 'wrangler.log'),
      signal,
    }),
  )
  const pika = createPikaClient({ baseUrl: stack.url, apiKey: secrets.ADMIN_KEY })
  process.stdout.write(`\n  “${input.prompt}”\n\n`)

  const progress = createProgress(process.stdout)
  let latest: Generation | undefined
  const generation = await pika
    .generate(input, {
      signal,
      timeoutMs: isLive ? MAX_LIVE_MS : MAX_LOCAL_MS,
      onUpdate: (event) => {
        if ('generation' in event) latest = event.generation
        progress.show(event)
      },
    })
    .finally(() => progress.end())
    .catch(async (error: unknown) => {
      if (isLive && latest?.finished_at === null) await cancelAtFal(pika, latest)
      throw error instanceof PikaError ? new Error(`${error.code}: ${error.message}`) : error
    })
  const path = await download(generation, outPath, signal)
  process.stdout.write(`\n${describe(generation, path, isLive)}\n`)
}

const download = async (
  { id, video }: CompletedGeneration,
  outPath: string,
  signal: AbortSignal,
) => {
  const response = await fetch(video.url, { signal })
  if (!response.ok) throw new Error(`the video could not be fetched: ${response.status}`)
  const file = new Uint8Array(await response.arrayBuffer())
  mkdirSync(outPath, { recursive: true })
  const path = join(outPath, `${id}.mp4`)
  writeFileSync(path, file)
  return { path, file }
}

const describe = (
  { cost }: CompletedGeneration,
  { path, file }: Awaited<ReturnType<typeof download>>,
  isLive: boolean,
): string => {
  const facts = readMp4(file)
  const usd = (cost.charged_usd ?? cost.estimated_usd).toFixed(2)
  return [
    relative(process.cwd(), path),
    `${(file.byteLength / 1024).toFixed(0)} kB`,
    ...(facts === undefined ? [] : [`${facts.width}x${facts.height}`, `${facts.seconds} s`]),
    isLive ? `$${usd}` : `$${usd} at fal, free here`,
  ].join(' · ')
}

await runScript(demo)
