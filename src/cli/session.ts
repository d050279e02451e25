/** One run of the command: its settings, its client and its output. */
import type { ClientRequestOptions } from 'hono/client'
import { createPikaClient } from '../client/index.ts'
import { networkError } from '../client/error.ts'
import { type JsonResponse, neverLeft, type Success, tryCall } from './calls.ts'
import { asCalled, createPaint, type Shell } from './shell.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { type Config, readSettings, VARIABLES } from './settings.ts'
import { type Fact, facts, type Row, table } from './table.ts'
import { clockTime, shortTime } from './words.ts'

export type GlobalOptions = Config & { readonly json?: true | undefined }

/** Narrower terminals get short times. */
const WIDE = 100

const openGateway = (shell: Shell, globals: GlobalOptions) => {
  const { url, key, account } = readSettings(globals, shell.env)
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
    fetch: async (to, init) =>
      fetch(to, init).catch((error: unknown) => {
        if (neverLeft(error)) unreachable.abort(networkError(error))
        throw error
      }),
  })
  return { address: url.value, pika, signal: AbortSignal.any([shell.signal, unreachable.signal]) }
}

/**
 * Data goes to stdout, everything else to stderr.
 *
 * @param globals the global options, which are known once the command line is parsed
 */
export const createSession = (shell: Shell, globals: () => GlobalOptions) => {
  const { stdout, stderr, env } = shell
  let opened: ReturnType<typeof openGateway> | undefined
  /** Throws without a key. */
  const gateway = () => (opened ??= openGateway(shell, globals()))
  const wantsJson = () => globals().json === true
  const columns = stdout.isTTY === true ? (stdout.columns ?? 80) : Infinity
  const paint = { out: createPaint(stdout, env), err: createPaint(stderr, env) }
  const print = (line: string) => void stdout.write(`${line}\n`)
  const printJson = (value: unknown) =>
    print(JSON.stringify(value, null, stdout.isTTY === true ? 2 : undefined))
  /** Cells are cut to fit a terminal; a pipe gets them whole. */
  const printTable = (headings: readonly string[], rows: readonly Row[]) =>
    table(headings, rows, paint.out, columns).forEach(print)
  /** A line for a person. With `--json` only a terminal gets it: a pipe gets nothing but JSON. */
  const note = (line: string) => {
    if (!wantsJson() || stderr.isTTY === true) stderr.write(`${asCalled(line, env)}\n`)
  }
  const tick = (line: string) => note(`${paint.err('green', '✔')} ${line}`)
  const hint = (line: string) => note(paint.err('dim', line))
  return {
    shell,
    globals,
    gateway,
    address: () => gateway().address,
    get wantsJson() {
      return wantsJson()
    },
    get pika() {
      return gateway().pika
    },
    get api() {
      return gateway().pika.api.v1
    },
    /** For calls of `pika`. Also aborts if the gateway is unreachable: a retry would not help. */
    get signal() {
      return gateway().signal
    },
    /** Calls `api` and returns the body. @throws {PikaError} */
    ask: async <Args, R extends JsonResponse>(
      route: (args: Args, init: ClientRequestOptions) => Promise<R>,
      args: Args,
    ): Promise<Success<R>> => {
      const { answer, refusal } = await tryCall((init) => route(args, init), shell.signal)
      if (refusal !== undefined) throw refusal.error
      return answer.body
    },
    paint,
    print,
    printJson,
    printTable,
    note,
    tick,
    hint,
    show: (document: unknown, pairs: readonly Fact[]) =>
      wantsJson() ? printJson(document) : facts(pairs, paint.out).forEach(print),
    done: (document: unknown, line: string) => (wantsJson() ? printJson(document) : print(line)),
    showSecret: (document: unknown, secret: string, whose: string) => {
      if (wantsJson()) return printJson(document)
      tick(whose)
      print(secret)
      note(paint.err('yellow', 'It is not shown again: save it now.'))
    },
    showList: <T>(
      page: { readonly data: readonly T[]; readonly has_more?: boolean },
      headings: readonly string[],
      rowOf: (each: T) => Row,
      more = '--limit',
    ) => {
      if (wantsJson()) return printJson(page)
      if (page.data.length === 0) return note('There are none.')
      printTable(headings, page.data.map(rowOf))
      if (page.has_more === true) hint(`There are more: ${more}`)
    },
    tableTime: (iso: string | null) =>
      iso && (columns < WIDE ? shortTime(iso, Date.now()) : clockTime(iso)),
  }
}
export type Session = ReturnType<typeof createSession>
