/** The doctor's checks of this machine: Node, the settings file and the settings. */
import { existsSync, statSync } from 'node:fs'
import { CliError } from './exit-codes.ts'
import { configPath, isExposed, readConfig, redact, type Settings, VARIABLES } from './settings.ts'
import { type Finding, ok, warning, wrong } from './finding.ts'
import type { Shell } from './shell.ts'

/** The oldest Node that has every API used here. */
const OLDEST_NODE = [20, 12] as const

export const checkNode = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
  return isOld
    ? wrong('node', `Node ${version}`, `Install Node ${OLDEST_NODE.join('.')} or newer.`)
    : ok('node', `Node ${version}`)
}

export const checkConfigFile = (env: Shell['env']): Finding => {
  const path = configPath(env)
  if (!existsSync(path)) return ok('settings file', `none at ${path}, which is fine`)
  try {
    readConfig(path)
  } catch (error) {
    const { message, hints } = error instanceof CliError ? error : unreadable(path)
    return wrong('settings file', message, hints.join(' '))
  }
  // Windows has no permission bits.
  const mode = statSync(path).mode & 0o777
  return process.platform !== 'win32' && (mode & 0o077) !== 0
    ? wrong('settings file', `others can read ${path}`, `chmod 600 ${path}`)
    : ok('settings file', path)
}

const unreadable = (path: string) => ({
  message: `${path} cannot be read`,
  hints: ['Look at its owner and mode.'],
})

export const checkSettings = ({ url, key, account }: Settings): Finding[] => [
  isExposed(url.value)
    ? warning('url', `${url.value}, from ${url.from}`, 'Use https: over http the key can be read.')
    : ok('url', `${url.value}, from ${url.from}`),
  key === undefined
    ? wrong(
        'key',
        'no key is set',
        `Set ${VARIABLES.key}, or run: pika-edge config init. The gateway's operator makes keys; after npm start it is the ADMIN_KEY in .dev.vars.`,
      )
    : ok('key', `${redact(key.value)}, from ${key.from}`),
  ...(account === undefined ? [] : [ok('account', `${account.value}, from ${account.from}`)]),
]
