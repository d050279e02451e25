/** `pika-edge doctor`: what works, what does not, and how to fix it. */
import { existsSync, statSync } from 'node:fs'
import { CliError, EXIT } from '../exit-codes.ts'
import { type Finding, ok, skipped, warning, wrong } from '../finding.ts'
import { checkAccount, checkConnection } from '../gateway-checks.ts'
import { checkModel } from '../model-checks.ts'
import type { Session } from '../session.ts'
import {
  configPath,
  isExposed,
  readConfig,
  readSettings,
  redact,
  type Settings,
  VARIABLES,
} from '../settings.ts'
import { asCalled, type Shell } from '../shell.ts'
import { type Add, verb } from '../verb.ts'

const EXAMPLES = `check the connection, the key and the configuration

It only reads, and spends nothing. The exit code is 1 if something is wrong.

Examples:
  $ pika-edge doctor
  $ pika-edge doctor --url https://pika-edge.example.workers.dev
  $ pika-edge doctor --json | jq '.findings[] | select(.state == "wrong")'`

export const addDoctor: Add = (program, session) => {
  verb(program, 'doctor', EXAMPLES).action(async () => {
    const findings = (await examine(session)).map(({ fix, ...each }) => ({
      ...each,
      fix: fix && asCalled(fix, session.shell.env),
    }))
    const faults = findings.filter(({ state }) => state === 'wrong').length
    if (session.wantsJson) session.printJson({ healthy: faults === 0, findings })
    else show(session, findings)
    if (faults === 0) return
    const message = faults === 1 ? 'one thing is wrong' : `${faults} things are wrong`
    throw new CliError(EXIT.failed, message)
  })
}

const examine = async (session: Session): Promise<Finding[]> => {
  const { shell, globals } = session
  const file = checkConfigFile(shell.env)
  const local = [checkNode(process.versions.node), file]
  let settings: Settings
  try {
    settings = readSettings(globals(), shell.env)
  } catch (error) {
    // The file's own finding already says why it cannot be read.
    if (file.state === 'wrong') return local
    if (!(error instanceof CliError)) throw error
    return [...local, wrong('settings', error.message, error.hints.join(' '))]
  }
  const connection = await checkConnection(settings.url.value, shell.signal)
  const model = await checkModel(shell)
  const known = [...local, ...checkSettings(settings), ...model, ...connection]
  return connection[0]?.state !== 'ok' || settings.key === undefined
    ? [...known, skipped('account', 'not checked')]
    : [...known, ...(await checkAccount(session))]
}

/** The oldest Node that has every API used here. */
const OLDEST_NODE = '20.12'

const checkNode = (version: string): Finding =>
  version.localeCompare(OLDEST_NODE, 'en', { numeric: true }) < 0
    ? wrong('node', `Node ${version}`, `Install Node ${OLDEST_NODE} or newer.`)
    : ok('node', `Node ${version}`)

const checkConfigFile = (env: Shell['env']): Finding => {
  const path = configPath(env)
  if (!existsSync(path)) return ok('settings file', `none at ${path}, which is fine`)
  try {
    readConfig(path)
  } catch (error) {
    return error instanceof CliError
      ? wrong('settings file', error.message, error.hints.join(' '))
      : wrong('settings file', `${path} cannot be read`, 'Look at its owner and mode.')
  }
  // Windows has no permission bits.
  return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0
    ? wrong('settings file', `others can read ${path}`, `chmod 600 ${path}`)
    : ok('settings file', path)
}

const checkSettings = ({ url, key, account }: Settings): Finding[] => {
  const place = `${url.value}, from ${url.from}`
  return [
    isExposed(url.value)
      ? warning('url', place, 'Use https: over http the key can be read.')
      : ok('url', place),
    key === undefined
      ? wrong(
          'key',
          'no key is set',
          `Set ${VARIABLES.key}, or run: pika-edge config init. The gateway's operator makes keys; after npm start it is the ADMIN_KEY in .dev.vars.`,
        )
      : ok('key', `${redact(key.value)}, from ${key.from}`),
    ...(account === undefined ? [] : [ok('account', `${account.value}, from ${account.from}`)]),
  ]
}

const MARKS = {
  ok: ['green', '✔'],
  warning: ['yellow', '!'],
  wrong: ['red', '✖'],
  skipped: ['dim', '-'],
} as const

const show = ({ print, paint }: Session, findings: readonly Finding[]): void => {
  const longest = Math.max(...findings.map(({ check }) => check.length))
  for (const { check, state, detail, fix } of findings) {
    const [format, mark] = MARKS[state]
    print(`${paint.out(format, mark)} ${paint.out('dim', check.padEnd(longest))}  ${detail}`)
    if (fix !== undefined) print(`${' '.repeat(longest + 4)}→ ${fix}`)
  }
}
