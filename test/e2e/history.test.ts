import type { Page } from 'playwright-core'
import { expect, test, type TestContext } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { generate, generateButton, played, promptOf, usePlayground, visit } from './playground.ts'

usePlayground()

/** The alphabet of ids, in order. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'

/** Lists so many more, as if they had been made one after another, of which three run. */
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

/** A person with a history that pretends to be so long. */
const visitLong = async (context: TestContext, count: number) => {
  // Only the list pretends: who asks for one of these alone finds none.
  const { page, create } = await visit(context, { expected: /404/ })
  await generateButton(page).waitFor()
  const running = await create('A long one [emulator: render_ms=600000]', 1)
  const done = await create('A short one')
  await pretend(page, count, { ...done, id: running.id }, running)
  await page.goto('/#/history')
  return { page, done }
}
test('of 500 cards at most 30 hold a video, and a tick of the clock draws running ones alone', async (context) => {
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

/** How long the slowest key press of a sentence took until its frame was drawn: INP, in ms. */
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

test('with 200 cards loaded, and a processor four times as slow, each key is drawn within 200 ms', async (context) => {
  const { page, done } = await visitLong(context, 200)
  await page.getByRole('button', { name: 'Load more' }).click()
  await page.locator('.card').nth(199).waitFor()
  await page.goto(`/#/g/${done.id}`)
  await played(page.locator('.stage video'))
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  // What else this machine does counts too, so the best of five tells of the page.
  const tries: number[] = []
  while (tries.length < 5 && Math.min(...tries) > 200) {
    tries.push(await slowestKey(page, 'A kite over the dunes, slowly'))
  }
  await context.annotate(`slowest key presses: ${tries.join(', ')} ms`)
  expect(Math.min(...tries)).toBeLessThanOrEqual(200)
})

test('arrows walk through the cards, Enter opens one, Escape comes back to it', async (context) => {
  const { page, create } = await visit(context)
  for (const prompt of ['First', 'Second', 'Third']) await create(prompt)
  await page.goto('/#/history')
  await page.getByRole('link', { name: /Third$/ }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await played(page.getByRole('dialog').locator('video'))
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const focused = () => page.evaluate('document.activeElement.getAttribute("aria-label")')
  await expect.poll(focused).toBe('Ready: Second')
})

test('a deletion can be taken back, and a page that is closed in time deletes nothing', async (context) => {
  const { page, create, list, openTab } = await visit(context)
  await create('Kept after all')
  await page.goto('/#/history')
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Nothing here yet').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.locator('.card').waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Nothing here yet').waitFor()
  await page.close()
  expect(await list()).toHaveLength(1)

  const other = await openTab()
  await generateButton(other).waitFor()
  await other.goto('/#/history')
  const deleted = other.waitForRequest((request) => request.method() === 'DELETE')
  await other.getByRole('button', { name: 'Delete' }).click()
  await deleted
  await expect.poll(async () => (await list()).length).toBe(0)
})

test('what is filtered is what is asked for', async (context) => {
  const { page, create } = await visit(context)
  await create('A good one')
  await create('A bad one [emulator: outcome=content_policy]')
  await page.goto('/#/history')
  await page.locator('.card').nth(1).waitFor()
  await page.getByLabel('Status').selectOption('failed')
  await page.getByRole('link', { name: /A good one/ }).waitFor({ state: 'detached' })
  await expect
    .poll(() => page.locator('.card').allInnerTexts())
    .toEqual([expect.stringContaining('A bad one')])
})

test('a stream that is cut is told of, asked around, and resumed', async (context) => {
  const { page, gateway } = await visit(context, { expected: /ERR_|503/ })
  await generateButton(page).waitFor()
  const prompt = `A river with rapids ${context.task.id} [emulator: render_ms=600000]`
  // Whoever listens from now on hears nothing.
  await page.route('**/v1/events', (route) => route.abort('connectionreset'))
  await page.reload()
  await generate(page, prompt)
  await page.getByText('live stream is cut off').waitFor()
  await gateway.advance(prompt, 600_000)
  await played(page.locator('.stage video'))
  await page.unroute('**/v1/events')
  await expect.poll(() => page.getByText('live stream is cut off').count()).toBe(0)
})
