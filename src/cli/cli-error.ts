/** What the command itself finds wrong, told in words and an exit code. */
import { EXIT, type ExitCode } from './exit-codes.ts'

export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode
  /** What to do about it, a line each. */
  readonly hints: readonly string[]

  constructor(exitCode: ExitCode, message: string, hints: readonly string[] = []) {
    super(message)
    this.exitCode = exitCode
    this.hints = hints
  }
}

/** The command line, or what it names, is not as it must be. */
export const usageError = (message: string, ...hints: readonly string[]): CliError =>
  new CliError(EXIT.usage, message, hints)
