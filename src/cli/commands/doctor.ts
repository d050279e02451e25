/** `pika-edge doctor`: what works, what does not, and how to fix it. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { asCalled } from '../shell.ts'
import { CliError, EXIT } from '../exit-codes.ts'
import { type Finding, skipped, wrong } from '../finding.ts'
import { checkBudget, checkConnection, checkKey, checkProvider } from '../gateway-checks.ts'
import { checkConfigFile, checkNode, checkSettings } from '../local-checks.ts'
import { checkModel } from '../model-checks.ts'
import { type Cli, openSession, type Voice } from '../session.ts'
import { readSettings, type Settings } from '../settings.ts'

const EXAMPLES = `
It only reads, and spends nothing. The exit code is 1 if something is wrong.

Examples:
  $ pika-edge doctor
  $ pika-edge doctor --url https://pika-edge.example.workers.dev
  $ pika-edge doctor --json | jq '.findings[] | select(.state == "wrong")'
`

const MARKS = {
  ok: ['green', '✔'],
  warning: ['yellow', '!'],
  wrong: ['red', '✖'],
  skipped: ['dim', '-'],
} as const

export const addDoctor = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('doctor')
    .description('check the connection, the key and the configuration')
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const voice = cli.voice()
      const findings = (await examine(cli)).map((each) => ({
        ...each,
        ...(each.fix === undefined ? {} : { fix: asCalled(each.fix, cli.shell.env) }),
      }))
      const faults = findings.filter(({ state }) => state === 'wrong').length
      if (voice.wantsJson) voice.printJson({ healthy: faults === 0, findings })
      else show(voice, findings)
      if (faults === 0) return
      throw new CliError(
        EXIT.failed,
        faults === 1 ? 'one thing is wrong' : `${faults} things are wrong`,
      )
    })
}

const examine = async ({ shell, globals }: Cli): Promise<Finding[]> => {
  const local = [checkNode(process.versions.node), checkConfigFile(shell.env)]
  let settings: Settings
  try {
    settings = readSettings(globals(), shell.env)
  } catch (error) {
    // `checkConfigFile` has already reported why the file cannot be read.
    if (local.some(({ check, state }) => check === 'settings file' && state === 'wrong'))
      return local
    if (!(error instanceof CliError)) throw error
    return [...local, wrong('settings', error.message, error.hints.join(' '))]
  }
  const connection = await checkConnection(settings.url.value, shell.signal)
  const model = await checkModel(shell)
  const known = [...local, ...checkSettings(settings), ...model, ...connection]
  if (connection[0]?.state !== 'ok' || settings.key === undefined) {
    return [...known, skipped('account', 'not checked')]
  }
  const session = openSession(shell, globals())
  const key = await checkKey(session)
  if (key[0]?.state !== 'ok') return [...known, ...key]
  return [...known, ...key, ...(await checkBudget(session)), ...(await checkProvider(session))]
}

const show = ({ print, paint }: Voice, findings: readonly Finding[]): void => {
  const longest = Math.max(...findings.map(({ check }) => check.length))
  for (const { check, state, detail, fix } of findings) {
    const [format, mark] = MARKS[state]
    print(`${paint.out(format, mark)} ${paint.out('dim', check.padEnd(longest))}  ${detail}`)
    if (fix !== undefined) print(`${' '.repeat(longest + 4)}→ ${fix}`)
  }
}
