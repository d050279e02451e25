import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyReference } from '../../scripts/copy-reference.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { openBrowser } from '../shared/browser.ts'
import { listen } from '../shared/listen.ts'

const read = (name: string): Buffer => readFileSync(join(PROJECT, 'public', name))

const FILES: Readonly<Record<string, { file: string; type: string }>> = {
  '/docs': { file: 'docs.html', type: 'text/html; charset=utf-8' },
  '/docs.js': { file: 'docs.js', type: 'text/javascript' },
  '/reference/scalar.js': { file: 'reference/scalar.js', type: 'text/javascript; charset=utf-8' },
  '/openapi.json': { file: 'openapi.json', type: 'application/json' },
}

/** What `_headers` says of one path. */
const policyOf = (path: string): string => {
  const [, rules = ''] = read('_headers').toString().split(`\n${path}\n`)
  return /Content-Security-Policy: (.*)/.exec(rules.split('\n\n')[0] ?? '')?.[1] ?? ''
}

let origin: string
let browser: Browser | undefined

const server = createServer((request, response) => {
  const found = FILES[request.url ?? '']
  if (found === undefined) return response.writeHead(404).end()
  response.setHeader('content-type', found.type)
  if (request.url === '/docs') response.setHeader('content-security-policy', policyOf('/docs'))
  return response.end(read(found.file))
})

beforeAll(async () => {
  await copyReference()
  origin = await listen(server)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  server.close()
})

describe('the reference', () => {
  it('names every file that it loads, all of them here', () => {
    const page = String(read('docs.html'))
    for (const [, source = ''] of page.matchAll(/(?:src|href)="([^"]*)"/g)) {
      expect(source).toMatch(/^(\/(?!\/)|data:,)/)
    }
    expect(policyOf('/docs')).not.toMatch(/https?:|\*|unsafe-eval/)
  })

  it('shows the description, and asks nobody else for anything', async (context) => {
    if (browser === undefined) return context.skip('no browser runs here: set CHROME_PATH')
    const page = await browser.newPage()
    page.setDefaultTimeout(0)
    const asked: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`${origin}/docs`)
    await page.getByRole('link', { name: 'Follow a generation' }).click()
    await page.getByText('Its past events, then new ones').waitFor()
    await page.evaluate('document.fonts.ready.then(() => undefined)')
    const paths = asked.map((url) => url.replace(origin, ''))
    expect(paths.toSorted()).toEqual(Object.keys(FILES).toSorted())
    expect(complaints).toEqual([])
  })
})
