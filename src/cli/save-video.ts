/** Saves a video to a file, which appears whole or not at all, or pipes it to stdout. */
import * as fs from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CompletedGeneration, Video } from '../client/index.ts'
import { sleep } from '../client/patience.ts'
import { CliError, EXIT, usageError } from './exit-codes.ts'
import type { Following } from './options.ts'
import type { Session } from './session.ts'
import type { Shell } from './shell.ts'

export interface Target {
  /** Undefined: the name is the generation's id, in `folder`. */
  readonly path?: string
  readonly folder: string
  readonly mayOverwrite: boolean
}

/** The target of `--out -`. */
export const STDOUT = 'stdout' as const

/** Checks `--out` (a file, a folder or `-`) before anything is sent. */
export const planTarget = ({ wantsJson, shell }: Session, { out, force }: Following) => {
  if (out === undefined) return undefined
  if (out === '-') {
    if (wantsJson) throw usageError('--json and --out - would both write to stdout')
    if (shell.stdout.isTTY === true) throw usageError('a terminal cannot show an MP4: use > or |')
    return STDOUT
  }
  const mayOverwrite = force === true
  const isFolder = /[/\\]$/.test(out) || (fs.existsSync(out) && fs.statSync(out).isDirectory())
  const folder = isFolder ? out : dirname(out)
  try {
    fs.mkdirSync(folder, { recursive: true })
  } catch {
    throw usageError(`${folder} cannot be created as a folder`)
  }
  if (isFolder) return { folder, mayOverwrite }
  if (!mayOverwrite && fs.existsSync(out)) throw alreadyThere(out)
  return { path: out, folder, mayOverwrite }
}

const TRIES = 3
const WAIT_MS = 1000

export const saveVideo = async (
  { id, video }: CompletedGeneration,
  { folder, path: target = join(folder, `${id}.mp4`), mayOverwrite }: Target,
  signal: AbortSignal,
) => {
  if (!mayOverwrite && fs.existsSync(target)) throw alreadyThere(target)
  const part = join(dirname(resolve(target)), `.${basename(target)}.${process.pid}.part`)
  try {
    await retried(signal, async () => {
      const body = await open(video, signal)
      await pipeline(body, fs.createWriteStream(part), { signal })
    })
    if (mayOverwrite) fs.renameSync(part, target)
    else placeAnew(part, target)
    return { path: target, bytes: fs.statSync(target).size }
  } finally {
    fs.rmSync(part, { force: true })
  }
}

/** Pipes the video to stdout. A download that breaks is not retried: part of it is out already. */
export const pipeVideo = async ({ video }: CompletedGeneration, { stdout, signal }: Shell) => {
  const body = await retried(signal, () => open(video, signal))
  await pipeline(body, stdout, { signal, end: false })
}

/** Opens the gateway's URL, else fal's own. Neither gets a key. */
const open = async (video: Video, signal: AbortSignal): Promise<Readable> => {
  let status = 0
  for (const url of new Set([video.url, video.source_url])) {
    const response = await fetch(url, { signal })
    if (response.ok && response.body !== null) return Readable.fromWeb(response.body)
    await response.body?.cancel()
    status = response.status
  }
  throw notSaved(`the video is not available: ${status} at ${video.url}`)
}

const notSaved = (why: string): CliError =>
  new CliError(EXIT.unavailable, why, ["It is paid for: try 'pika-edge download' later."])

const retried = async <T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof CliError) throw error
      if (isLocal(error)) throw usageError(`the file cannot be written: ${error.message}`)
      if (tries >= TRIES) throw notSaved('the download failed')
      await sleep(WAIT_MS, signal)
    }
  }
}

/** A disk error, which another download would not fix. */
const isLocal = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  ['EACCES', 'ENOSPC', 'EROFS', 'EDQUOT', 'EPERM', 'ENOENT', 'EISDIR'].includes(String(error.code))

/** Another process may have created the file by now: a link does not replace it, a rename would. */
const placeAnew = (part: string, target: string): void => {
  try {
    fs.linkSync(part, target)
  } catch {
    // Some file systems do not support hard links.
    if (fs.existsSync(target)) throw alreadyThere(target)
    fs.renameSync(part, target)
  }
}

const alreadyThere = (path: string): CliError =>
  usageError(`${path} exists already`, 'Choose another name, or overwrite it with --force.')
