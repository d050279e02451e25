/** A headless browser: this machine's own, or the one that comes from npm on Linux. */
import { existsSync } from 'node:fs'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as launcher } from 'playwright-core'

const INSTALLED = [
  process.env['CHROME_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Undefined where there is none. */
export const launchBrowser = async (): Promise<Browser | undefined> => {
  const installed = INSTALLED.find((path) => existsSync(path))
  if (installed !== undefined) {
    return launcher.launch({ executablePath: installed, args: ['--no-sandbox'] })
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  return launcher.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args,
  })
}
