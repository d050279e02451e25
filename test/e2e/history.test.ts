import { expect, test } from 'vitest'
import { generate, generateButton, played, usePlayground, visit } from './playground.ts'

usePlayground()

test('arrow keys move through the cards, Enter opens one, and Escape returns to it', async (context) => {
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

test('a deletion can be undone, and closing the page in time deletes nothing', async (context) => {
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

test('the status filter shows only matching generations', async (context) => {
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

test('if the stream is cut off, the page says so, polls instead, and resumes it', async (context) => {
  const { page, gateway } = await visit(context, { expected: /ERR_|503/ })
  await generateButton(page).waitFor()
  const prompt = `A river with rapids ${context.task.id} [emulator: render_ms=600000]`
  // From now on every new stream fails.
  await page.route('**/v1/events', (route) => route.abort('connectionreset'))
  await page.reload()
  await generate(page, prompt)
  await page.getByText('live stream is cut off').waitFor()
  await gateway.advance(prompt, 600_000)
  await played(page.locator('.stage video'))
  await page.unroute('**/v1/events')
  await expect.poll(() => page.getByText('live stream is cut off').count()).toBe(0)
})
