/** `pika-edge config`: the settings file. */
import { Argument } from '@commander-js/extra-typings'
import { PikaError } from '../../client/index.ts'
import { usageError } from '../exit-codes.ts'
import {
  CONFIG_NAMES,
  type ConfigName,
  configPath,
  readConfig,
  readSettings,
  redact,
  VARIABLES,
  writeConfig,
} from '../settings.ts'
import { askSecret, askSetup, canAsk } from '../questions.ts'
import { readPrompt } from '../prompt.ts'
import { createSession } from '../session.ts'
import type { Shell } from '../shell.ts'
import type { Fact } from '../table.ts'
import { tell } from '../tell.ts'
import { type Add, verb } from '../verb.ts'

const EXAMPLES = `the settings file: where the gateway is, and your key

A setting comes from its flag, else from ${Object.values(VARIABLES).join(',\n')}, else from this file. Only its owner can read it.

Examples:
  $ pika-edge config init
  $ pika-edge config set url https://pika-edge.example.workers.dev
  $ pika-edge config set key       asks for it, which keeps it out of your history
  $ pika-edge config get`

const name = () => new Argument('<name>', 'which setting').choices(CONFIG_NAMES)

export const addConfig: Add = (program, session) => {
  const { shell, note, tick, paint } = session
  const path = configPath(shell.env)
  const config = verb(program, 'config', EXAMPLES)
  verb(config, 'init', 'ask for the settings, test them, and save them').action(async () => {
    if (!canAsk(shell)) throw usageError("this is not a terminal: use 'pika-edge config set'")
    let asked = readConfig(path)
    for (;;) {
      asked = await askSetup(shell, asked)
      const { ask, api, address } = createSession(shell, () => asked)
      try {
        const { account_id, name } = await ask(api.me.$get, {})
        writeConfig(path, asked)
        tick(`${name} acts for ${account_id}; saved in ${path}`)
        return note("Next: pika-edge generate 'Sunlight on a slow river' --out river.mp4")
      } catch (error) {
        if (!(error instanceof PikaError)) throw error
        note(`${paint.err('red', '✖')} ${tell(error, address)?.lines[0] ?? ''}. Try again:`)
      }
    }
  })
  verb(config, 'set', 'save a setting; without a value, ask for the key, or read from stdin')
    .addArgument(name())
    .argument('[value]')
    .action(async (name, given) => {
      const value = given ?? (await askFor(name, shell))
      // Throws if the value is invalid.
      readSettings({ [name]: value }, shell.env)
      writeConfig(path, { ...readConfig(path), [name]: value })
      note(`${name} is saved in ${path}`)
    })
  verb(config, 'unset', 'remove a setting')
    .addArgument(name())
    .action((name) => {
      const { [name]: _gone, ...rest } = readConfig(path)
      writeConfig(path, rest)
      note(`${name} is removed`)
    })
  verb(config, 'get|show', 'the settings in use, and where each comes from').action(() => {
    const { url, key = null, account = null } = readSettings(session.globals(), shell.env)
    const shown = { url, key: key && { ...key, value: redact(key.value) }, account }
    const facts = CONFIG_NAMES.map((name): Fact => {
      const setting = shown[name]
      return setting === null
        ? [name, '', paint.out('dim', 'not set')]
        : [name, setting.value, `  ${paint.out('dim', `from ${setting.from}`)}`]
    })
    session.show({ ...shown, path }, facts)
  })
  verb(config, 'path', "print the file's path").action(() => session.print(path))
}

const askFor = async (name: ConfigName, shell: Shell): Promise<string> => {
  if (name === 'key' && canAsk(shell)) return askSecret(shell, 'Your key')
  if (shell.stdin.isTTY === true) throw usageError(`pika-edge config set ${name} <value>`)
  return readPrompt(shell, ['-'])
}
