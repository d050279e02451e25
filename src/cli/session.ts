/** One run of a command: the client, the settings, and where its words go. */
import type { ClientRequestOptions } from 'hono/client'
import { createPikaClient, type PikaApi, type PikaClient } from '../client/index.ts'
import { type JsonResponse, read, type Success } from './answers.ts'
import { networkError } from '../client/answer.ts'
import { asCalled } from './called-as.ts'
import { CliError } from './cli-error.ts'
import { neverLeft } from './connection-words.ts'
import { EXIT } from './exit-codes.ts'
import { readSettings, type SettingFlags, type Settings, VARIABLES } from './settings.ts'
import { createPaint, type Paint, type Shell } from './shell.ts'
import { type Fact, facts, table } from './table.ts'
import { clockTime, shortTime } from './words.ts'

/** The options that every command has. */
export type GlobalOptions = SettingFlags & { readonly json?: true | undefined }

/** Where a command's words go: data to stdout, everything else to stderr. */
export interface Voice {
  readonly wantsJson: boolean
  /** One line of data. */
  readonly print: (line: string) => void
  readonly printJson: (value: unknown) => void
  /** An answer: as JSON, or as names and values. Those without a value are left out. */
  readonly show: (document: unknown, pairs: readonly Fact[]) => void
  /** An answer: as JSON, or as one line. */
  readonly done: (document: unknown, line: string) => void
  /** A page: as JSON, or as a table. */
  readonly showList: <T>(
    page: Listed<T>,
    headings: readonly string[],
    rowOf: (each: T) => readonly string[],
    more?: string,
  ) => void
  /** Fits a terminal; a pipe gets every word of it. */
  readonly printTable: (headings: readonly string[], rows: readonly (readonly string[])[]) => void
  /** A time in a table, as short as it can be; `-` if there is none. */
  readonly tableTime: (iso: string | null) => string
  /** A line for a person. With `--json` it is for a terminal only: a pipe gets JSON alone. */
  readonly note: (line: string) => void
  readonly paint: { readonly out: Paint; readonly err: Paint }
}

interface Listed<T> {
  readonly data: readonly T[]
  readonly has_more?: boolean
}

export interface Session extends Voice {
  readonly shell: Shell
  /** For calls of `pika`: also aborts when the gateway cannot be reached at all, which no retry mends. */
  readonly signal: AbortSignal
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
  /** Throws if there is no key. */
  readonly open: () => Session
}

/** A terminal that is less wide gets short times. */
const WIDE = 100

export const createVoice = (shell: Shell, wantsJson: boolean): Voice => {
  const { stdout, stderr, env } = shell
  const columns = stdout.isTTY === true ? (stdout.columns ?? 80) : Infinity
  const paint = { out: createPaint(stdout, env), err: createPaint(stderr, env) }
  const print = (line: string) => void stdout.write(`${line}\n`)
  const printJson: Voice['printJson'] = (value) =>
    print(JSON.stringify(value, null, stdout.isTTY === true ? 2 : undefined))
  const printTable: Voice['printTable'] = (headings, rows) =>
    table(headings, rows, { paint: paint.out, columns }).forEach(print)
  const note = (line: string) => {
    if (!wantsJson || stderr.isTTY === true) stderr.write(`${asCalled(line, env)}\n`)
  }
  return {
    wantsJson,
    print,
    printJson,
    show: (document, pairs) => {
      if (wantsJson) printJson(document)
      else facts(pairs, paint.out).forEach(print)
    },
    done: (document, line) => (wantsJson ? printJson(document) : print(line)),
    showList: (page, headings, rowOf, more = '--limit') => {
      if (wantsJson) return printJson(page)
      if (page.data.length === 0) return note('There are none.')
      printTable(headings, page.data.map(rowOf))
      if (page.has_more === true) note(paint.err('dim', `There are more: ${more}`))
    },
    printTable,
    tableTime: (iso) =>
      iso === null ? '-' : columns < WIDE ? shortTime(iso, Date.now()) : clockTime(iso),
    note,
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
  const unreachable = new AbortController()
  const pika = createPikaClient({
    baseUrl: url.value,
    apiKey: key.value,
    account: account?.value,
    fetch: async (to, init) => {
      try {
        return await fetch(to, init)
      } catch (error) {
        if (neverLeft(error)) unreachable.abort(networkError(error))
        throw error
      }
    },
  })
  return {
    ...createVoice(shell, globals.json === true),
    shell,
    signal: AbortSignal.any([shell.signal, unreachable.signal]),
    settings,
    pika,
    api: pika.api.v1,
    ask: async (call) => read(call, shell.signal),
  }
}
