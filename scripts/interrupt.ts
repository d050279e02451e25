/** Runs a script to its end, in an orderly way even on Ctrl-C. */
import { Interrupted, interruption } from '../src/cli/exit-codes.ts'

/** Prints the message of an error, without a stack, and sets the exit code. */
export const runScript = async (main: (signal: AbortSignal) => Promise<void>): Promise<void> => {
  try {
    await main(interruption())
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    const isInterrupted = error instanceof Interrupted
    process.stderr.write(isInterrupted ? 'interrupted\n' : `failed: ${words}\n`)
    process.exitCode = isInterrupted ? error.exitCode : 1
  }
  // The libraries' timers and idle connections must not delay the exit.
  process.exit()
}
