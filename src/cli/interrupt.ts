/** Ctrl-C and its kin as an AbortSignal, so that a command can end with a last word. */

export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  /** 128 and the signal's number, as shells have it. */
  readonly exitCode: number
  /** What to tell, if a command has more to say than that it was interrupted. */
  readonly lastWords: readonly string[]

  constructor(exitCode: number, lastWords: readonly string[] = []) {
    super('interrupted')
    this.exitCode = exitCode
    this.lastWords = lastWords
  }
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Aborts at the first interruption. The second ends the process on the spot. */
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
