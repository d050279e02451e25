/** The command line: global options, all commands, and the help that goes with them. */
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import manifest from '../../package.json' with { type: 'json' }
import { asCalled } from './called-as.ts'
import { addAccounts } from './commands/accounts.ts'
import { addCancel } from './commands/cancel.ts'
import { addConfig } from './commands/config.ts'
import { addDelete } from './commands/delete.ts'
import { addDoctor } from './commands/doctor.ts'
import { addDownload } from './commands/download.ts'
import { addEstimate } from './commands/estimate.ts'
import { addGenerate } from './commands/generate.ts'
import { addGet } from './commands/get.ts'
import { addKeys } from './commands/keys.ts'
import { addMcp } from './commands/mcp.ts'
import { addList } from './commands/list.ts'
import { addResolve } from './commands/resolve.ts'
import { addRetry } from './commands/retry.ts'
import { addShare } from './commands/share.ts'
import { addSchedules } from './commands/schedules.ts'
import { addUsage } from './commands/usage.ts'
import { addWatch } from './commands/watch.ts'
import { addWebhooks } from './commands/webhooks.ts'
import { EXIT_CODES_HELP } from './exit-codes.ts'
import { type Cli, createVoice, openSession } from './session.ts'
import { DEFAULT_URL, readSettings, VARIABLES } from './settings.ts'
import type { Shell } from './shell.ts'

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

/** What errors are told with depends on `--json`, even if the line cannot be parsed. */
export interface Program {
  readonly note: (line: string) => void
  /** Where the gateway is; undefined if that is malformed. */
  address(): string | undefined
  run(args: readonly string[]): Promise<void>
}

export const createProgram = (shell: Shell): Program => {
  const parser = new Command('pika-edge')
    .description('Text to video through a pika-edge gateway.')
    .version(manifest.version, '-V, --version')
    .option('--url <url>', `where the gateway is (default: ${DEFAULT_URL})`)
    .option('--key <key>', `your key; ${VARIABLES.key} keeps it out of the process list`)
    .option('--account <id>', 'act for this account, with ADMIN_KEY')
    .option('--json', 'one JSON document to stdout, errors as JSON to stderr')
    .helpOption('-h, --help', 'show this')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', HELP)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.stdout.write(asCalled(text, shell.env)),
      writeErr: (text) => shell.stderr.write(asCalled(text, shell.env)),
      // Told in one place, with all other errors.
      outputError: () => undefined,
      getOutHelpWidth: () => shell.stdout.columns ?? 80,
      getErrHelpWidth: () => shell.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
  const globals = () => parser.opts()
  const cli = {
    shell,
    globals,
    voice: () => createVoice(shell, globals().json === true),
    open: () => openSession(shell, globals()),
  }
  for (const add of COMMANDS) add(parser, cli)
  return {
    note: (line) => cli.voice().note(line),
    address: () => {
      try {
        return readSettings(globals(), shell.env).url.value
      } catch {
        return undefined
      }
    },
    run: async (args) => {
      await parser.parseAsync([...args], { from: 'user' })
    },
  }
}

/** The commands of generations, which stand alone as well. */
const addGenerations = (parser: CommandUnknownOpts, cli: Cli): void => {
  const generations = parser
    .command('generations')
    .alias('generation')
    .description('the same commands as above, from list to delete')
  for (const add of GENERATIONS) add(generations, cli)
}

const GENERATIONS = [
  addList,
  addGet,
  addWatch,
  addCancel,
  addRetry,
  addResolve,
  addDownload,
  addShare,
  addDelete,
]

const COMMANDS = [
  addGenerate,
  addEstimate,
  ...GENERATIONS,
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
