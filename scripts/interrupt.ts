/** Runs a script to its end, in order also on Ctrl-C. */
import { Interrupted, interruption } from '../src/cli/interrupt.ts'

/** What it throws is told in words, without a stack, and the exit code says that it failed. */
export const runScript = async (main: (signal: AbortSignal) => Promise<void>): Promise<void> => {
  try {
    await main(interruption())
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    const isInterrupted = error instanceof Interrupted
    process.stderr.write(isInterrupted ? 'interrupted\n' : `failed: ${words}\n`)
    process.exitCode = isInterrupted ? error.exitCode : 1
  }
  // Timers and idle connections of the libraries must not keep the terminal waiting.
  process.exit()
}
