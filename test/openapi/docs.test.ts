import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyReference } from '../../scripts/copy-reference.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { openBrowser } from '../shared/browser.ts'

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

let server: Server
let browser: Browser | undefined

beforeAll(async () => {
  await copyReference()
  server = createServer((request, response) => {
    const found = FILES[request.url ?? '']
    if (found === undefined) return response.writeHead(404).end()
    response.setHeader('content-type', found.type)
    if (request.url === '/docs') {
      response.setHeader('content-security-policy', policyOf('/docs'))
    }
    return response.end(read(found.file))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  server.close()
})

describe('the reference', () => {
  it('names every file that it loads, all of them here', () => {
    const sources = [
      ...read('docs.html')
        .toString()
        .matchAll(/(?:src|href)="([^"]*)"/g),
    ]
    for (const [, source = ''] of sources) expect(source).toMatch(/^(\/(?!\/)|data:,)/)
    expect(policyOf('/docs')).not.toMatch(/https?:|\*|unsafe-eval/)
  })

  it('shows the description, and asks nobody else for anything', async (context) => {
    if (browser === undefined) return context.skip('no browser runs here: set CHROME_PATH')
    const { port } = server.address() as AddressInfo
    const page = await browser.newPage()
    page.setDefaultTimeout(0)
    const asked: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`http://127.0.0.1:${port}/docs`)
    await page.getByRole('link', { name: 'Follow a generation' }).click()
    await page.getByText('Its past events, then new ones').waitFor()
    await page.evaluate('document.fonts.ready.then(() => undefined)')
    expect(asked.map((url) => url.replace(`http://127.0.0.1:${port}`, '')).toSorted()).toEqual(
      Object.keys(FILES).toSorted(),
    )
    expect(complaints).toEqual([])
  })
})
