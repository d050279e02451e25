/** Which gateway is called, and with which key: flags, then the environment, then the file. */
import { usageError } from './cli-error.ts'
import { type ConfigName, configPath, readConfig } from './config-file.ts'
import type { Shell } from './shell.ts'

/** Where `npm start` puts the gateway. */
export const DEFAULT_URL = 'http://127.0.0.1:8787'

export const VARIABLES = {
  url: 'PIKA_EDGE_URL',
  key: 'PIKA_EDGE_KEY',
  account: 'PIKA_EDGE_ACCOUNT',
} as const satisfies Record<ConfigName, string>

export interface Setting<T> {
  readonly value: T
  /** Where it comes from, in words: a flag, a variable, a file, or the default. */
  readonly from: string
}

export interface Settings {
  readonly url: Setting<string>
  readonly key: Setting<string> | undefined
  readonly account: Setting<string> | undefined
}

export type SettingFlags = { readonly [Name in ConfigName]?: string | undefined }

/** Throws a usage error if a setting is not valid. */
export const readSettings = (flags: SettingFlags, env: Shell['env']): Settings => {
  const path = configPath(env)
  const config = readConfig(path)
  const find = (name: ConfigName): Setting<string> | undefined => {
    const variable = VARIABLES[name]
    const places = [
      { value: flags[name], from: `--${name}` },
      { value: env[variable], from: variable },
      { value: config[name], from: path },
    ]
    for (const { value, from } of places) {
      if (value !== undefined && value !== '') return { value, from }
    }
    return undefined
  }
  const url = find('url') ?? { value: DEFAULT_URL, from: 'the default' }
  const key = find('key')
  // What cannot stand in a header would be an error without words later.
  if (key !== undefined && !/^[\x21-\x7E]+$/.test(key.value)) {
    throw usageError(`the key from ${key.from} has characters that no key has`)
  }
  return { url: { ...url, value: readUrl(url) }, key, account: find('account') }
}

/** A gateway's address, from what a person writes: `localhost:8787` is one too. Undefined if it is not one. */
export const toUrl = (text: string): string | undefined => {
  const [host = ''] = text.split('/')
  const scheme = isHere(host.replace(/:\d*$/, '')) ? 'http' : 'https'
  // A word alone is more often a slip than a host.
  const isBare = !text.includes('//') && (scheme === 'http' || /[.:]/.test(host))
  const full = isBare ? `${scheme}://${text}` : text
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return undefined
  return url.href.replace(/\/+$/, '')
}

const readUrl = ({ value, from }: Setting<string>): string => {
  const url = toUrl(value)
  if (url === undefined) {
    throw usageError(
      `the URL from ${from} is not one: ${value}`,
      `It looks like ${DEFAULT_URL} or https://pika-edge.example.workers.dev`,
    )
  }
  return url
}

/** Enough of a key to know it again. */
export const redact = (key: string): string =>
  key.length < 16 ? '…' : `${key.slice(0, 9)}…${key.slice(-2)}`

/** Whether a key sent there can be read on the way. */
export const isExposed = (url: string): boolean => {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !isHere(hostname)
}

const isHere = (hostname: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
