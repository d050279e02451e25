/** Runs the command once, and turns whatever happens into words and an exit code. */
import { EXIT } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { createPaint, type Shell } from './shell.ts'
import { tell } from './tell.ts'

/**
 * @param args what stands after the command's name
 * @returns the exit code; nothing is thrown
 */
export const run = async (args: readonly string[], shell: Shell): Promise<number> => {
  try {
    await createProgram(shell).run(args)
    return EXIT.ok
  } catch (error) {
    const told = tell(error)
    if (told === undefined) return EXIT.ok
    const { exitCode, lines, document } = told
    // The line may have been one that could not be parsed.
    if (args.includes('--json')) {
      shell.stderr.write(`${JSON.stringify(document)}\n`)
      return exitCode
    }
    const paint = createPaint(shell.stderr, shell.env)
    const [first, ...others] = lines
    if (first !== undefined) shell.stderr.write(`${paint('red', '✖')} ${first}\n`)
    for (const line of others) shell.stderr.write(`  ${line}\n`)
    return exitCode
  }
}
