/** What surrounds a command: its streams, its environment and its interruption. */
import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'

export interface Shell {
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts with an `Interrupted` on Ctrl-C. */
  readonly signal: AbortSignal
}

export interface InputStream extends Readable {
  readonly isTTY?: boolean
}

export interface OutputStream extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
}

export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (format: Format, text: string) => string

/**
 * Colours for one stream.
 *
 * @see https://no-color.org and https://force-color.org
 */
export const createPaint = (stream: { readonly isTTY?: boolean }, env: Shell['env']): Paint =>
  wantsColour(stream, env)
    ? // Node would look at its own stdout, which need not be this stream.
      (format, text) => styleText(format, text, { validateStream: false })
    : (_format, text) => text

const wantsColour = ({ isTTY }: { readonly isTTY?: boolean }, env: Shell['env']): boolean => {
  const { NO_COLOR = '', FORCE_COLOR, TERM } = env
  if (NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTTY === true && TERM !== 'dumb'
}

/**
 * Text that others wrote, fit for a terminal: one line, and nothing in it that moves
 * the cursor, rings or paints.
 */
export const printable = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]+/g, ' ')

/** The words that stand for `pika-edge` in the caller's shell. */
const calledAs = (env: Shell['env']): string => {
  if (env['NODE_RUN_SCRIPT_NAME'] === 'pika') return 'node --run pika --'
  // Silent, or npm would print what it runs to stdout, before the data.
  if (env['npm_lifecycle_event'] === 'pika') return 'npm run -s pika --'
  return env['npm_command'] === 'exec' ? 'npx pika-edge' : 'pika-edge'
}

/** The text, with every `pika-edge …` in it as the caller would call it. */
export const asCalled = (text: string, env: Shell['env']): string =>
  text.replaceAll(/\bpika-edge (?=[a-z[<]|--)(?!gateway)/g, `${calledAs(env)} `)

/** Whether npm has put its own words into what somebody reads as data. */
export const hasBanner = ({ env, stdout }: Shell): boolean =>
  env['npm_lifecycle_event'] === 'pika' &&
  env['NODE_RUN_SCRIPT_NAME'] === undefined &&
  env['npm_config_loglevel'] !== 'silent' &&
  stdout.isTTY !== true
