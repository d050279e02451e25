/** Runs a command line, and turns any error into words and an exit code. */
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import manifest from '../../package.json' with { type: 'json' }
import { asCalled, hasBanner, type Shell } from './shell.ts'
import { addAccounts, addKeys, addUsage } from './commands/account.ts'
import { addConfig } from './commands/config.ts'
import { addDoctor } from './commands/doctor.ts'
import { addGenerate } from './commands/generate.ts'
import { addActing } from './commands/generations-act.ts'
import { addReading } from './commands/generations-read.ts'
import { addMcp } from './commands/mcp.ts'
import { addSchedules } from './commands/schedules.ts'
import { addWebhooks } from './commands/webhooks.ts'
import { EXIT, EXIT_CODES_HELP } from './exit-codes.ts'
import { createSession, type Session } from './session.ts'
import { DEFAULT_URL, VARIABLES } from './settings.ts'
import { tell } from './tell.ts'

const HELP = `
Examples:
  $ pika-edge config init
  $ pika-edge generate 'Sunlight on a slow river' --out river.mp4
  $ pika-edge estimate -r 1080p -d 10
  $ pika-edge list --status failed
  $ pika-edge doctor

Settings come from flags, then from ${Object.values(VARIABLES).join(',\n')}, then from the file that 'pika-edge config path' names. Data goes to stdout;
progress, notes and errors go to stderr. With --json, errors are JSON too.

${EXIT_CODES_HELP}
`

const BANNER =
  'npm has printed two lines to stdout before the data. To get only the data: npm run -s pika -- …'

/** @returns the exit code; never throws */
export const run = async (args: readonly string[], shell: Shell): Promise<number> => {
  const parser = createParser(shell)
  const session = createSession(shell, () => parser.opts())
  for (const add of COMMANDS) add(parser, session)
  // What needs no key can repair it.
  parser.hook('preAction', (_parser, command) => {
    if (command.name() !== 'doctor' && command.parent?.name() !== 'config') session.gateway()
  })
  try {
    if (hasBanner(shell)) session.note(BANNER)
    await parser.parseAsync([...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    const told = tell(error, session.address)
    if (told === undefined) return EXIT.ok
    const marks = [session.paint.err('red', '✖')]
    // Not from the parsed options: parsing may have failed.
    const lines = args.includes('--json')
      ? [JSON.stringify(told.document)]
      : told.lines.map((line, index) => `${marks[index] ?? ' '} ${line}`)
    for (const line of lines) shell.stderr.write(`${asCalled(line, shell.env)}\n`)
    return told.exitCode
  }
}

const createParser = (shell: Shell) =>
  new Command('pika-edge')
    .description('Text to video through a pika-edge gateway.')
    .version(manifest.version, '-V, --version')
    .option('--url <url>', `where the gateway is (default: ${DEFAULT_URL})`)
    .option('--key <key>', `your key; ${VARIABLES.key} keeps it out of the process list`)
    .option('--account <id>', 'act for this account, with ADMIN_KEY')
    .option('--json', 'print one JSON document to stdout, errors as JSON to stderr')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', HELP)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.stdout.write(asCalled(text, shell.env)),
      writeErr: (text) => shell.stderr.write(asCalled(text, shell.env)),
      // `tell` reports these, like all other errors.
      outputError: () => undefined,
      getOutHelpWidth: () => shell.stdout.columns ?? 80,
      getErrHelpWidth: () => shell.stderr.columns ?? 80,
    })

/** Adds the generation commands twice: at the top level and under `generations`. */
const addGenerations = (parser: CommandUnknownOpts, session: Session): void => {
  const text = 'the same commands as above, from list to delete'
  addReading(parser, session)
  addActing(parser, session)
  const generations = parser.command('generations').alias('generation').description(text)
  addReading(generations, session)
  addActing(generations, session)
}

const COMMANDS = [
  addGenerate,
  addGenerations,
  addSchedules,
  addWebhooks,
  addKeys,
  addAccounts,
  addUsage,
  addConfig,
  addDoctor,
  addMcp,
]
