/** The one headless browser for all tests: this machine's own, or the one from npm on Linux. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as launcher } from 'playwright-core'
import type { Started } from './setup.ts'
import { shared } from './shared.ts'

const INSTALLED = [
  process.env['CHROME_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

const findBrowser = async (): Promise<string | undefined> => {
  const installed = INSTALLED.find((path) => existsSync(path))
  if (installed !== undefined) return installed
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const path = await chromium.executablePath()
  // A bare machine may lack system libraries that the browser links to.
  return spawnSync(path, ['--version']).status === 0 ? path : undefined
}

/** Starts it for everyone who connects. A page's own security stays switched on. */
export const startBrowser = async (): Promise<Started<string | null>> => {
  const executablePath = await findBrowser()
  if (executablePath === undefined) return { told: null, [Symbol.asyncDispose]: async () => {} }
  const server = await launcher.launchServer({ executablePath, args: ['--no-sandbox'] })
  return { told: server.wsEndpoint(), [Symbol.asyncDispose]: () => server.close() }
}

/** Connects to it; undefined if there is none. Closing it closes the pages of this test file. */
export const openBrowser = async (): Promise<Browser | undefined> => {
  const endpoint = await shared('browser')
  return endpoint === null ? undefined : launcher.connect(endpoint)
}
