/** Turns Ctrl-C, SIGTERM and SIGHUP into an AbortSignal: a command can still say how to resume. */
import { CliError } from './exit-codes.ts'

export class Interrupted extends CliError {
  override readonly code = 'interrupted'

  constructor(exitCode: number, hints?: readonly string[]) {
    super(exitCode, 'interrupted', hints)
  }
}

/** 128 plus the signal's number, as in a shell. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Aborts at the first signal. The second ends the process at once. */
export const interruption = (): AbortSignal => {
  const controller = new AbortController()
  for (const [name, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode)
      controller.abort(new Interrupted(exitCode))
    })
  }
  return controller.signal
}
