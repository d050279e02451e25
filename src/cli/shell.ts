/** What a command runs in: its streams, its environment and its interruption. */
import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'

export type InputStream = Readable & { readonly isTTY?: boolean }
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

export interface Shell {
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts with an `Interrupted` on Ctrl-C. */
  readonly signal: AbortSignal
}

export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (format: Format, text: string) => string

/** @see https://no-color.org and https://force-color.org */
export const createPaint = ({ isTTY }: OutputStream, env: Shell['env']): Paint => {
  const { NO_COLOR = '', FORCE_COLOR, TERM } = env
  const isForced = FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  const isWanted = FORCE_COLOR === undefined ? isTTY === true && TERM !== 'dumb' : isForced
  if (NO_COLOR !== '' || !isWanted) return (_format, text) => text
  // Node would check its own stdout, which may not be this stream.
  return (format, text) => styleText(format, text, { validateStream: false })
}

/**
 * Makes text that others wrote safe for a terminal: one line, without control characters that
 * move the cursor, ring the bell or set colours.
 */
export const printable = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- it removes control characters
  text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]+/g, ' ')

/** How the caller invoked `pika-edge`. */
const calledAs = (env: Shell['env']): string => {
  if (env['NODE_RUN_SCRIPT_NAME'] === 'pika') return 'node --run pika --'
  // Without -s, npm prints what it runs to stdout, before the data.
  if (env['npm_lifecycle_event'] === 'pika') return 'npm run -s pika --'
  return env['npm_command'] === 'exec' ? 'npx pika-edge' : 'pika-edge'
}

/** Rewrites every `pika-edge …` in the text to the way the caller invoked it. */
export const asCalled = (text: string, env: Shell['env']): string =>
  text.replaceAll(/\bpika-edge (?=[a-z[<]|--)(?!gateway)/g, `${calledAs(env)} `)

/** Whether npm has printed its own lines to a stdout that is read as data. */
export const hasBanner = ({ env, stdout }: Shell): boolean =>
  env['npm_lifecycle_event'] === 'pika' &&
  env['NODE_RUN_SCRIPT_NAME'] === undefined &&
  env['npm_config_loglevel'] !== 'silent' &&
  stdout.isTTY !== true
