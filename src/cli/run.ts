/** Runs the command once, and turns any error into words and an exit code. */
import { asCalled, createPaint, hasBanner, type Shell } from './shell.ts'
import { EXIT } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { tell } from './tell.ts'

const BANNER =
  'npm has printed two lines to stdout before the data. To get only the data: npm run -s pika -- …'

/** @returns the exit code; never throws */
export const run = async (args: readonly string[], shell: Shell): Promise<number> => {
  const { parser, session, address } = createProgram(shell)
  try {
    if (hasBanner(shell)) session.note(BANNER)
    await parser.parseAsync([...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    const told = tell(error, address())
    if (told === undefined) return EXIT.ok
    const { exitCode, document } = told
    const called = (text: string) => asCalled(text, shell.env)
    // Not from the parsed options: parsing may have failed.
    if (args.includes('--json')) {
      shell.stderr.write(`${called(JSON.stringify(document))}\n`)
      return exitCode
    }
    const paint = createPaint(shell.stderr, shell.env)
    const [first, ...others] = told.lines.map(called)
    if (first !== undefined) shell.stderr.write(`${paint('red', '✖')} ${first}\n`)
    for (const line of others) shell.stderr.write(`  ${line}\n`)
    return exitCode
  }
}
