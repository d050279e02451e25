import { expect, it } from 'vitest'
import { openBrowser } from '../shared/browser.ts'
import { sharedGateway } from '../shared/gateway.ts'

const { url } = await sharedGateway()

it('the reference loads files only from this gateway', async () => {
  const page = await fetch(`${url}/docs`)
  for (const [, source = ''] of (await page.text()).matchAll(/(?:src|href)="([^"]*)"/g)) {
    expect(source).toMatch(/^(\/(?!\/)|data:,)/)
  }
  expect(page.headers.get('content-security-policy')).not.toMatch(/https?:|\*|unsafe-eval/)
})

it('the reference shows the description, and sends requests to no other host', async (context) => {
  const browser = await openBrowser()
  if (browser === undefined) return context.skip('no browser runs here: set CHROME_PATH')
  const page = await browser.newPage()
  page.setDefaultTimeout(0)
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => asked.push(request.url().replace(url, '')))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(`${url}/docs`)
  await page.getByRole('link', { name: 'Follow a generation' }).click()
  await page.getByText('Its past events, then new ones').waitFor()
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  await browser.close()
  expect(asked.toSorted()).toEqual(['/docs', '/docs.js', '/openapi.json', '/reference/scalar.js'])
  expect(complaints).toEqual([])
})
