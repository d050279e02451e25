/** `pika-edge config`: the settings file. */
import { Argument, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { PikaError } from '../../client/index.ts'
import { usageError } from '../exit-codes.ts'
import {
  CONFIG_NAMES,
  type ConfigName,
  configPath,
  readConfig,
  readSettings,
  redact,
  type Setting,
  VARIABLES,
  writeConfig,
} from '../settings.ts'
import { askSecret, askSetup, canAsk } from '../questions.ts'
import { readPrompt } from '../prompt.ts'
import { type Cli, openSession } from '../session.ts'
import type { Fact } from '../table.ts'
import { tell } from '../tell.ts'

const EXAMPLES = `
A setting comes from its flag, else from ${Object.values(VARIABLES).join(',\n')}, else from this file. Only its owner can read it.

Examples:
  $ pika-edge config init
  $ pika-edge config set url https://pika-edge.example.workers.dev
  $ pika-edge config set key       asks for it, which keeps it out of your history
  $ pika-edge config get
`

const name = () => new Argument('<name>', 'which setting').choices(CONFIG_NAMES)

export const addConfig = (program: CommandUnknownOpts, cli: Cli): void => {
  const { shell } = cli
  const path = configPath(shell.env)
  const config = program
    .command('config')
    .description('the settings file: where the gateway is, and your key')
    .addHelpText('after', EXAMPLES)
  config
    .command('init')
    .description('ask for the settings, test them, and save them')
    .action(async () => {
      if (!canAsk(shell)) throw usageError("this is not a terminal: use 'pika-edge config set'")
      const { note, paint } = cli.voice()
      let asked = readConfig(path)
      for (;;) {
        asked = await askSetup(shell, asked)
        const { url: address } = asked
        const { ask, api } = openSession(shell, asked)
        try {
          const { account_id, name } = await ask(api.me.$get, {})
          writeConfig(path, asked)
          note(`${paint.err('green', '✔')} ${name} acts for ${account_id}; saved in ${path}`)
          return note("Next: pika-edge generate 'Sunlight on a slow river' --out river.mp4")
        } catch (error) {
          if (!(error instanceof PikaError)) throw error
          note(`${paint.err('red', '✖')} ${tell(error, address)?.lines[0] ?? ''}. Try again:`)
        }
      }
    })
  config
    .command('set')
    .description('save a setting; without a value, ask for the key, or read from stdin')
    .addArgument(name())
    .argument('[value]')
    .action(async (name, given) => {
      const value = given ?? (await askFor(name, cli))
      // Throws if the value is invalid.
      readSettings({ [name]: value }, shell.env)
      writeConfig(path, { ...readConfig(path), [name]: value })
      cli.voice().note(`${name} is saved in ${path}`)
    })
  config
    .command('unset')
    .description('remove a setting')
    .addArgument(name())
    .action((name) => {
      const { [name]: _gone, ...rest } = readConfig(path)
      writeConfig(path, rest)
      cli.voice().note(`${name} is removed`)
    })
  config
    .command('get')
    .alias('show')
    .description('the settings in use, and where each comes from')
    .action(() => {
      const { show, paint } = cli.voice()
      const { url, key, account } = readSettings(cli.globals(), shell.env)
      const shown = key === undefined ? undefined : { ...key, value: redact(key.value) }
      const fact = (name: ConfigName, setting: Setting | undefined): Fact =>
        setting === undefined
          ? [name, '', paint.out('dim', 'not set')]
          : [name, setting.value, `  ${paint.out('dim', `from ${setting.from}`)}`]
      show({ url, key: shown ?? null, account: account ?? null, path }, [
        fact('url', url),
        fact('key', shown),
        fact('account', account),
      ])
    })
  config
    .command('path')
    .description("print the file's path")
    .action(() => cli.voice().print(path))
}

const askFor = async (name: ConfigName, { shell }: Cli): Promise<string> => {
  if (name === 'key' && canAsk(shell)) return askSecret(shell, 'Your key')
  if (shell.stdin.isTTY === true) throw usageError(`pika-edge config set ${name} <value>`)
  return readPrompt(['-'], undefined, shell)
}
