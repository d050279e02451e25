/** The settings: from flags, else the environment, else a file that only its owner can read. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import * as z from 'zod/mini'
import { faultsOf } from '../contract/faults.ts'
import { usageError } from './exit-codes.ts'
import type { Shell } from './shell.ts'

export const CONFIG_NAMES = ['url', 'key', 'account'] as const
export type ConfigName = (typeof CONFIG_NAMES)[number]
const config = z.partialRecord(z.enum(CONFIG_NAMES), z.string())
export type Config = { readonly [Name in ConfigName]?: string | undefined }

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
export const configPath = ({ XDG_CONFIG_HOME: base = '', HOME: home }: Shell['env']): string =>
  join(isAbsolute(base) ? base : join(home ?? homedir(), '.config'), 'pika-edge', 'config.json')

export const readConfig = (path: string): Config => {
  if (!existsSync(path)) return {}
  const text = readFileSync(path, 'utf8')
  try {
    return config.parse(JSON.parse(text))
  } catch (error) {
    const [fault] = error instanceof z.core.$ZodError ? faultsOf(error) : []
    if (fault !== undefined && fault.path !== '') {
      const names = `It has ${CONFIG_NAMES.join(', ')}.`
      throw usageError(`${path}: ${fault.path} is not a setting`, names)
    }
    const fix = 'Fix it, or delete it and run: pika-edge config init'
    throw usageError(`${path} is not a JSON object`, fix)
  }
}

/** Replaces the whole file at once: a crash leaves the old one. */
export const writeConfig = (path: string, config: Config): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
  // The mode above applies only to a new file.
  chmodSync(fresh, 0o600)
  renameSync(fresh, path)
}

/** Where `npm start` serves the gateway. */
export const DEFAULT_URL = 'http://127.0.0.1:8787'

export const VARIABLES = {
  url: 'PIKA_EDGE_URL',
  key: 'PIKA_EDGE_KEY',
  account: 'PIKA_EDGE_ACCOUNT',
} as const satisfies Record<ConfigName, string>

/** Each value, and where it is `from`: a flag, a variable, the file, or the default. */
export const readSettings = (flags: Config, env: Shell['env']) => {
  const path = configPath(env)
  const config = readConfig(path)
  const find = (name: ConfigName) => {
    const variable = VARIABLES[name]
    if (flags[name]) return { value: flags[name], from: `--${name}` }
    if (env[variable]) return { value: env[variable], from: variable }
    return config[name] ? { value: config[name], from: path } : undefined
  }
  const url = find('url') ?? { value: DEFAULT_URL, from: 'the default' }
  const value = toUrl(url.value)
  if (value === undefined) {
    throw usageError(
      `the URL from ${url.from} is not one: ${url.value}`,
      `It looks like ${DEFAULT_URL} or https://pika-edge.example.workers.dev`,
    )
  }
  const key = find('key')
  // In a header, other characters would later cause an unexplained error.
  if (key !== undefined && !/^[\x21-\x7E]+$/.test(key.value)) {
    throw usageError(`the key from ${key.from} has characters that no key has`)
  }
  return { url: { value, from: url.from }, key, account: find('account') }
}
export type Settings = ReturnType<typeof readSettings>

/** A gateway's URL from what a person types, such as `localhost:8787`; undefined if it is none. */
export const toUrl = (text: string): string | undefined => {
  const [host = ''] = text.split('/')
  const scheme = isHere(host.replace(/:\d*$/, '')) ? 'http' : 'https'
  // A single word is more often a typo than a host.
  const isBare = !text.includes('//') && (scheme === 'http' || /[.:]/.test(host))
  const full = isBare ? `${scheme}://${text}` : text
  if (!/^https?:/i.test(full) || !URL.canParse(full)) return undefined
  return new URL(full).href.replace(/\/+$/, '')
}

export const redact = (key: string): string =>
  key.length < 16 ? '…' : `${key.slice(0, 9)}…${key.slice(-2)}`

/** Whether others can read a key on its way to this URL. */
export const isExposed = (url: string): boolean => {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !isHere(hostname)
}

const isHere = (hostname: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
