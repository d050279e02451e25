/** The command's exit codes, and the errors and signals that end it with one. */
import type { PikaErrorCode, ProblemCode } from '../client/index.ts'
import { PROBLEMS, type ProblemStatus } from '../contract/problem.ts'

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  overBudget: 5,
  refusedInput: 6,
  notSettled: 7,
  unavailable: 8,
} as const

/** For each HTTP status; for a code if it has none, or if its status would give another. */
const EXITS: Readonly<Record<ProblemStatus, number> & Partial<Record<PikaErrorCode, number>>> = {
  content_policy_violation: EXIT.refusedInput,
  timeout: EXIT.notSettled,
  still_open: EXIT.notSettled,
  network: EXIT.unavailable,
  not_sent: EXIT.unavailable,
  fal_refused: EXIT.failed,
  400: EXIT.refusedInput,
  401: EXIT.notAllowed,
  402: EXIT.overBudget,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  405: EXIT.failed,
  409: EXIT.failed,
  410: EXIT.failed,
  412: EXIT.failed,
  413: EXIT.refusedInput,
  415: EXIT.refusedInput,
  416: EXIT.failed,
  422: EXIT.refusedInput,
  429: EXIT.unavailable,
  500: EXIT.unavailable,
  502: EXIT.unavailable,
  503: EXIT.unavailable,
}

/** A newer gateway may send codes that this command does not know. */
export const exitCodeOf = (code: PikaErrorCode): number =>
  EXITS[code] ?? (code in PROBLEMS ? EXITS[PROBLEMS[code as ProblemCode].status] : EXIT.failed)

/** Ends the command: its message, and hints on what to do. */
export class CliError extends Error {
  readonly code: string = 'cli'
  readonly exitCode: number
  readonly hints: readonly string[]

  constructor(exitCode: number, message: string, hints: readonly string[] = []) {
    super(message)
    this.exitCode = exitCode
    this.hints = hints
  }
}

/** The command line, the configuration or a named file is wrong. */
export const usageError = (message: string, ...hints: readonly string[]): CliError =>
  new CliError(EXIT.usage, message, hints)

export class Interrupted extends CliError {
  override readonly code = 'interrupted'

  constructor(exitCode: number, hints?: readonly string[]) {
    super(exitCode, 'interrupted', hints)
  }
}

/** 128 plus the signal's number, as in a shell. */
const BY_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Aborts at the first signal: a command can still say how to resume. The second ends it at once. */
export const interruption = (): AbortSignal => {
  const controller = new AbortController()
  for (const [name, exitCode] of Object.entries(BY_SIGNAL)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode)
      controller.abort(new Interrupted(exitCode))
    })
  }
  return controller.signal
}

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    the generation failed or was canceled, or something unexpected happened
  2    the command line or the configuration is wrong
  3    no valid key, or the key may not do this
  4    not found
  5    the budget does not cover it
  6    the input was refused, by the gateway or by the model
  7    not finished yet: --timeout passed, or the generation is still open
  8    the gateway, fal or the network is not available; try later
  130  interrupted by Ctrl-C`
