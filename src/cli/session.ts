/** One run of a command: the client, the settings, and where its words go. */
import type { ClientRequestOptions } from 'hono/client'
import { createPikaClient, type PikaApi, type PikaClient } from '../client/index.ts'
import { type JsonResponse, read, type Success } from './answers.ts'
import { asCalled } from './called-as.ts'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import { readSettings, type SettingFlags, type Settings, VARIABLES } from './settings.ts'
import { createPaint, type Paint, type Shell } from './shell.ts'
import { facts, table } from './table.ts'
import { clockTime, shortTime } from './words.ts'

/** The options that every command has. */
export type GlobalOptions = SettingFlags & { readonly json?: true | undefined }

/** Where a command's words go: data to stdout, everything else to stderr. */
export interface Voice {
  readonly wantsJson: boolean
  /** One line of data. */
  readonly print: (line: string) => void
  readonly printJson: (value: unknown) => void
  readonly printFacts: (pairs: Parameters<typeof facts>[0]) => void
  /** Fits a terminal; a pipe gets every word of it. */
  readonly printTable: (headings: readonly string[], rows: readonly (readonly string[])[]) => void
  /** The time in a table: as much of it as it takes. */
  readonly tableTime: (iso: string) => string
  /** A line for a person. With `--json` it is for a terminal only: a pipe gets JSON alone. */
  readonly note: (line: string) => void
  readonly paint: { readonly out: Paint; readonly err: Paint }
}

export interface Session extends Voice {
  readonly shell: Shell
  readonly settings: Settings
  readonly pika: PikaClient
  readonly api: PikaApi['v1']
  /** Makes a call of `api` and gives its body. @throws {PikaError} */
  readonly ask: <R extends JsonResponse>(
    call: (options: ClientRequestOptions) => Promise<R>,
  ) => Promise<Success<R>>
}

/** What a command file is given to make its command. */
export interface Cli {
  readonly shell: Shell
  readonly globals: () => GlobalOptions
  readonly voice: () => Voice
  /** Throws where there is no key. */
  readonly open: () => Session
}

/** A terminal that is less wide gets short times. */
const WIDE = 100

export const createVoice = (shell: Shell, wantsJson: boolean): Voice => {
  const { stdout, stderr, env } = shell
  const columns = stdout.isTTY === true ? (stdout.columns ?? 80) : Infinity
  const paint = { out: createPaint(stdout, env), err: createPaint(stderr, env) }
  const print = (line: string) => void stdout.write(`${line}\n`)
  return {
    wantsJson,
    print,
    printJson: (value) => print(JSON.stringify(value, null, stdout.isTTY === true ? 2 : undefined)),
    printFacts: (pairs) => facts(pairs, paint.out).forEach(print),
    printTable: (headings, rows) =>
      table(headings, rows, { paint: paint.out, columns }).forEach(print),
    tableTime: (iso) => (columns < WIDE ? shortTime(iso, Date.now()) : clockTime(iso)),
    note: (line) => {
      if (!wantsJson || stderr.isTTY === true) stderr.write(`${asCalled(line, env)}\n`)
    },
    paint,
  }
}

export const openSession = (shell: Shell, globals: GlobalOptions): Session => {
  const settings = readSettings(globals, shell.env)
  const { url, key, account } = settings
  if (key === undefined) {
    throw new CliError(EXIT.notAllowed, 'there is no key to call the gateway with', [
      `Set ${VARIABLES.key}, or run: pika-edge config init`,
      'On this machine it is the ADMIN_KEY in .dev.vars.',
    ])
  }
  const pika = createPikaClient({
    baseUrl: url.value,
    apiKey: key.value,
    fetch: async (to, init) => {
      const headers = new Headers(init.headers)
      if (account !== undefined) headers.set('pika-account', account.value)
      return fetch(to, { ...init, headers })
    },
  })
  return {
    ...createVoice(shell, globals.json === true),
    shell,
    settings,
    pika,
    api: pika.api.v1,
    ask: async (call) => read(call, shell.signal),
  }
}
