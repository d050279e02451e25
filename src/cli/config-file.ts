/** The settings file: `$XDG_CONFIG_HOME/pika-edge/config.json`, readable by its owner alone. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { usageError } from './cli-error.ts'
import type { Shell } from './shell.ts'

export const CONFIG_NAMES = ['url', 'key', 'account'] as const
export type ConfigName = (typeof CONFIG_NAMES)[number]
export type Config = { readonly [Name in ConfigName]?: string }

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
export const configPath = ({ XDG_CONFIG_HOME: base = '', HOME: home }: Shell['env']): string =>
  join(isAbsolute(base) ? base : join(home ?? homedir(), '.config'), 'pika-edge', 'config.json')

/** What the file says; nothing if there is none. Throws if it is malformed. */
export const readConfig = (path: string): Config => {
  if (!existsSync(path)) return {}
  const content = parseObject(readFileSync(path, 'utf8'))
  if (content === undefined) {
    throw usageError(
      `${path} is not a JSON object`,
      'Fix it, or delete it and run: pika-edge config init',
    )
  }
  const config: Partial<Record<ConfigName, string>> = {}
  for (const [name, value] of Object.entries(content)) {
    const known = CONFIG_NAMES.find((one) => one === name)
    if (known === undefined || typeof value !== 'string') {
      throw usageError(`${path}: ${name} is not a setting`, `It has ${CONFIG_NAMES.join(', ')}.`)
    }
    config[known] = value
  }
  return config
}

/** Replaces the file as a whole, so that a crash leaves the old one. */
export const writeConfig = (path: string, config: Config): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
  // The mode above counts for a new file only.
  chmodSync(fresh, 0o600)
  renameSync(fresh, path)
}

const parseObject = (text: string): object | undefined => {
  try {
    const content: unknown = JSON.parse(text)
    return typeof content === 'object' && content !== null && !Array.isArray(content)
      ? content
      : undefined
  } catch {
    return undefined
  }
}
