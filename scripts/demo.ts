/** `npm run demo`: one video from a prompt to a file, on this machine or, with --live, at fal. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { type CompletedGeneration, createPikaClient, PikaError } from '../src/client/index.ts'
import { DEFAULT_FAL_KEY } from '../src/emulator/index.ts'
import { HELP, readDemoArguments } from './demo-input.ts'
import { agreeToPay } from './demo-live.ts'
import { runScript } from './interrupt.ts'
import { readMp4 } from './mp4.ts'
import { freePort } from './ports.ts'
import { createProgress } from './progress.ts'
import { newKey, writeEnvFile } from './secrets.ts'
import { startStack } from './stack.ts'
import { PROJECT } from './wrangler.ts'

const VIDEOS = join(PROJECT, 'videos')
/** A live job may wait in fal's queue; the emulator is done in seconds. */
const MAX_LIVE_MS = 30 * 60_000
const MAX_LOCAL_MS = 60_000

const demo = async (signal: AbortSignal): Promise<void> => {
  const { isLive, isAgreed, wantsHelp, input } = readDemoArguments(process.argv.slice(2))
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
  const generation = await pika
    .generate(input, {
      signal,
      timeoutMs: isLive ? MAX_LIVE_MS : MAX_LOCAL_MS,
      onUpdate: (event) => progress.show(event),
    })
    .catch((error: unknown) => {
      throw isLive ? withTrace(error) : error
    })
    .finally(() => progress.end())
  const path = await download(generation, signal)
  process.stdout.write(`\n${describe(generation, path, isLive)}\n`)
}

const download = async ({ id, video }: CompletedGeneration, signal: AbortSignal) => {
  const response = await fetch(video.url, { signal })
  if (!response.ok) throw new Error(`the video could not be fetched: ${response.status}`)
  const file = new Uint8Array(await response.arrayBuffer())
  mkdirSync(VIDEOS, { recursive: true })
  const path = join(VIDEOS, `${id}.mp4`)
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

/** Once money may have gone, the reader must be able to find out what for. */
const withTrace = (error: unknown): unknown => {
  const falRequestId = error instanceof PikaError ? error.generation?.fal_request_id : undefined
  if (!(error instanceof PikaError) || typeof falRequestId !== 'string') return error
  return new Error(`${error.message} (fal's request id: ${falRequestId})`, { cause: error })
}

await runScript(demo)
