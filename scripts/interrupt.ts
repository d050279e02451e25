/** Ctrl-C and its kin, as an AbortSignal: what was started is then ended in order. */

/** The reason of the signal. Its message is the name of what came, such as SIGINT. */
class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** Aborts at the first interruption. Later ones change nothing: the end is on its way. */
const interruption = (): AbortSignal => {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new Interrupted(name)))
  }
  return controller.signal
}

/**
 * Runs a script. What it throws is told in words, without a stack, and the exit code
 * says that it failed.
 */
export const runScript = async (main: (signal: AbortSignal) => Promise<void>): Promise<void> => {
  try {
    await main(interruption())
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    process.stderr.write(error instanceof Interrupted ? 'interrupted\n' : `failed: ${words}\n`)
    process.exitCode = error instanceof Interrupted ? 130 : 1
  }
  // Timers and idle connections of the libraries must not keep the terminal waiting.
  process.exit()
}
