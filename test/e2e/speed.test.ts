import type { Page } from 'playwright-core'
import { expect, test, type TestContext } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { generateButton, played, promptOf, usePlayground, visit } from './playground.ts'

usePlayground()

/** What Chrome's tools call Slow 4G. @see https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md */
const SLOW_4G = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6e6 / 8) * 0.9,
  uploadThroughput: (750e3 / 8) * 0.9,
}

test('over Slow 4G on a CPU four times slower, the page shows in 2.5 s and does not jump', async (context) => {
  const { page, key } = await visit(context)
  await generateButton(page).waitFor()
  const look = async () => {
    const tab = await page.context().newPage()
    const cdp = await tab.context().newCDPSession(tab)
    await cdp.send('Network.enable')
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
    await cdp.send('Network.emulateNetworkConditions', SLOW_4G)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    await tab.goto(`/#key=${key}`)
    await generateButton(tab).waitFor()
    await tab.waitForTimeout(1000)
    const seen: { readonly lcp: number; readonly cls: number } =
      await tab.evaluate(`new Promise((resolve) => {
      const seen = { lcp: 0, cls: 0 }
      const note = (list) => {
        for (const { entryType, startTime, value } of list.getEntries()) {
          if (entryType === 'layout-shift') seen.cls += value
          else seen.lcp = startTime
        }
      }
      for (const type of ['largest-contentful-paint', 'layout-shift']) {
        new PerformanceObserver(note).observe({ type, buffered: true })
      }
      setTimeout(() => resolve(seen), 200)
    })`)
    await tab.close()
    return seen
  }
  // Other work on this machine counts too, so take the best of up to five.
  const looks: Awaited<ReturnType<typeof look>>[] = []
  const bestMs = () => Math.min(...looks.map(({ lcp }) => lcp))
  while (looks.length < 5 && bestMs() > 2500) looks.push(await look())
  await context.annotate(JSON.stringify(looks))
  expect(bestMs()).toBeLessThanOrEqual(2500)
  expect(Math.max(...looks.map(({ cls }) => cls))).toBeLessThanOrEqual(0.05)
})

/** The alphabet of ids, in order. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'

/** Makes the list pretend to have `count` generations, the newest three still running. */
const pretend = (page: Page, count: number, done: Generation, running: Generation) =>
  page.route(/\/v1\/generations\?/, async (route) => {
    const query = new URL(route.request().url()).searchParams
    const from = Number(query.get('cursor') ?? 0)
    const data = Array.from({ length: Math.min(100, count - from) }, (_, index) => {
      const number = count - from - index
      const suffix = `${DIGITS[number >> 5]}${DIGITS[number & 31]}`
      const one = number > count - 3 ? running : done
      return { ...one, id: one.id.slice(0, -2) + suffix }
    })
    const hasMore = from + data.length < count
    const next = hasMore ? String(from + data.length) : null
    await route.fulfill({ json: { object: 'list', data, has_more: hasMore, next_cursor: next } })
  })

/** Opens the page for a person with a pretended history of this length. */
const visitLong = async (context: TestContext, count: number) => {
  // Only the list pretends: a request for a single one gets a 404.
  const { page, create } = await visit(context, { expected: /404/ })
  await generateButton(page).waitFor()
  const running = await create('A long one [emulator: render_ms=600000]', 1)
  const done = await create('A short one')
  await pretend(page, count, { ...done, id: running.id }, running)
  await page.goto('/#/history')
  return { page, done }
}

test('of 500 cards, at most 30 hold a video, and a clock tick redraws only running ones', async (context) => {
  const { page } = await visitLong(context, 500)
  const cards = page.locator('.card')
  const more = page.getByRole('button', { name: 'Load more' })
  for (const shown of [100, 200, 300, 400]) {
    await cards.nth(shown - 1).waitFor()
    await more.click()
  }
  await cards.nth(499).waitFor()
  const holders = () => page.locator('.card video[src]').count()
  for (const at of [499, 250, 8]) {
    await cards.nth(at).scrollIntoViewIfNeeded()
    await cards.nth(at).locator('video[src]').waitFor()
    await expect.poll(holders).toBeLessThanOrEqual(30)
  }
  await cards.first().scrollIntoViewIfNeeded()
  const drawn: string[] = await page.evaluate(`new Promise((resolve) => {
    const drawn = []
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const card = (target.parentElement ?? target).closest('.card')
        if (card !== null) drawn.push(card.querySelector('.status').textContent)
      }
      if (drawn.length >= 6) resolve(drawn)
    }).observe(document.querySelector('.grid'), {
      subtree: true, childList: true, characterData: true,
    })
  })`)
  expect(drawn).not.toContain('Ready')
})

/** How long a sentence's slowest key press took until its frame was drawn: INP, in ms. */
const slowestKey = async (page: Page, text: string): Promise<number> => {
  await page.evaluate(`{
    globalThis.slowest = 0
    globalThis.keys ??= new PerformanceObserver((list) => {
      for (const { interactionId, duration } of list.getEntries()) {
        if (interactionId > 0) globalThis.slowest = Math.max(globalThis.slowest, duration)
      }
    })
    globalThis.keys.observe({ type: 'event', durationThreshold: 16 })
  }`)
  await promptOf(page).pressSequentially(text, { delay: 60 })
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))')
  return page.evaluate('globalThis.slowest')
}

test('with 200 cards on a CPU four times slower, each key press is drawn within 200 ms', async (context) => {
  const { page, done } = await visitLong(context, 200)
  await page.getByRole('button', { name: 'Load more' }).click()
  await page.locator('.card').nth(199).waitFor()
  await page.goto(`/#/g/${done.id}`)
  await played(page.locator('.stage video'))
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  // Other work on this machine counts too, so take the best of up to five.
  const tries: number[] = []
  while (tries.length < 5 && Math.min(...tries) > 200) {
    tries.push(await slowestKey(page, 'A kite over the dunes, slowly'))
  }
  await context.annotate(`slowest key presses: ${tries.join(', ')} ms`)
  expect(Math.min(...tries)).toBeLessThanOrEqual(200)
})
