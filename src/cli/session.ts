/** One run of a command: the client, the settings, and where its words go. */
import type { ClientRequestOptions } from 'hono/client'
import { createPikaClient, type PikaApi, type PikaClient } from '../client/index.ts'
import { type JsonResponse, read, type Success } from './answers.ts'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import { readSettings, type SettingFlags, type Settings, VARIABLES } from './settings.ts'
import { createPaint, type Paint, type Shell } from './shell.ts'

/** The options that every command has. */
export type GlobalOptions = SettingFlags & { readonly json?: true | undefined }

/** Where a command's words go: data to stdout, everything else to stderr. */
export interface Voice {
  readonly wantsJson: boolean
  /** One line of data. */
  readonly print: (line: string) => void
  readonly printJson: (value: unknown) => void
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

export const createVoice = (shell: Shell, wantsJson: boolean): Voice => ({
  wantsJson,
  print: (line) => void shell.stdout.write(`${line}\n`),
  printJson: (value) =>
    void shell.stdout.write(
      `${JSON.stringify(value, null, shell.stdout.isTTY === true ? 2 : undefined)}\n`,
    ),
  note: (line) => {
    if (!wantsJson || shell.stderr.isTTY === true) shell.stderr.write(`${line}\n`)
  },
  paint: { out: createPaint(shell.stdout, shell.env), err: createPaint(shell.stderr, shell.env) },
})

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
