/** Every view and state of the page, and the way to each: for the tests of their looks, and for pictures. */
import type { Page } from 'playwright-core'
import { generate, generateButton, played, type Visit } from './playground.ts'

export interface State {
  readonly name: string
  readonly open: (visit: Visit) => Promise<void>
}

const prompt = (page: Page) => page.getByLabel('Prompt', { exact: true })
const scheduled = {
  name: 'Every morning',
  cron: '0 9 * * 1-5',
  timezone: 'Europe/Paris',
  input: { prompt: 'The weather on {{weekday}}, as a watercolour that paints itself' },
}
/** What a result rests on, so that nothing is judged before it is drawn. */
const still = (page: Page) => played(page.locator('.stage video').first())

/** In an order in which each begins where the one before ended. */
export const STATES: readonly State[] = [
  {
    name: 'first run',
    open: async ({ page }) => {
      await generateButton(page).waitFor()
      await page.getByRole('group', { name: 'Try one of these' }).waitFor()
    },
  },
  {
    name: 'nothing in history',
    open: async ({ page }) => {
      await page.goto('/#/history')
      await page.getByText('Nothing here yet').waitFor()
    },
  },
  {
    name: 'new schedule',
    open: async ({ page }) => {
      await page.goto('/#/schedules')
      await page.getByText('a month').first().waitFor()
    },
  },
  {
    name: 'in line',
    open: async ({ page }) => {
      await page.goto('/#/')
      await generate(page, 'A queue of ducks [emulator: queue_ms=600000 queue_position=12]')
      await page.locator('.phases .now', { hasText: 'In line' }).waitFor()
    },
  },
  {
    name: 'rendering',
    open: async ({ page }) => {
      await generate(page, 'A glacier, moving [emulator: render_ms=600000]')
      await page.locator('.phases .now', { hasText: 'Rendering' }).waitFor()
    },
  },
  {
    name: 'result',
    open: async ({ page }) => {
      await generate(page, 'A paper boat rides a stream of rain along a city kerb at night')
      await still(page)
    },
  },
  {
    name: 'events of a result',
    open: async ({ page }) => {
      await page.getByRole('tab', { name: 'Events' }).click()
      await page.getByText('completed', { exact: true }).waitFor()
    },
  },
  {
    name: 'refused by policy',
    open: async ({ page }) => {
      await generate(page, 'Something foul [emulator: outcome=content_policy]')
      await page.locator('.verdict').waitFor()
    },
  },
  {
    name: 'fal account locked',
    open: async ({ page }) => {
      await generate(page, 'A cat [emulator: submit=locked]')
      await page
        .getByRole('alert')
        .filter({ hasText: /locked/i })
        .first()
        .waitFor()
    },
  },
  {
    name: 'field error',
    open: async ({ page }) => {
      await prompt(page).fill('')
      await generateButton(page).click()
      await page.locator('.field-error').waitFor()
    },
  },
  {
    name: 'more settings and code',
    open: async ({ page }) => {
      await page.locator('summary', { hasText: 'More' }).click()
      await page.getByLabel('Language').selectOption('curl')
    },
  },
  {
    name: 'set of four',
    open: async ({ page }) => {
      await page.getByRole('radio', { name: '4 variations' }).locator('..').click()
      await generate(page, 'Morning sun in an old greenhouse')
      await page.getByText('4 of 4 ready. Pick').waitFor()
    },
  },
  {
    name: 'history',
    open: async ({ page }) => {
      await page.goto('/#/history')
      await page.locator('.card').nth(6).waitFor()
    },
  },
  {
    name: 'opened from history',
    open: async ({ page }) => {
      await page
        .getByRole('link', { name: /^Ready/ })
        .first()
        .click()
      await page.getByRole('dialog').locator('video').waitFor()
    },
  },
  {
    name: 'schedule',
    open: async ({ page, ask }) => {
      const init = { method: 'POST', body: JSON.stringify(scheduled) }
      const { id } = await ask<{ id: string }>('/v1/schedules', init)
      await ask(`/v1/schedules/${id}/run`, { method: 'POST', body: '{}' })
      await page.goto(`/#/schedules/${id}`)
      await page.getByRole('link', { name: 'Ready' }).waitFor()
    },
  },
  {
    name: 'schedules',
    open: async ({ page }) => {
      await page.goto('/#/schedules')
      await page.getByRole('link', { name: 'Every morning' }).waitFor()
    },
  },
  {
    name: 'usage',
    open: async ({ page }) => {
      await page.goto('/#/usage')
      await page.getByText('By status').waitFor()
      await page.locator('.health[data-state=ok]').waitFor()
    },
  },
  {
    name: 'key field',
    open: async ({ page }) => {
      await page.getByRole('button', { name: /Sign out/ }).click()
      await page.getByLabel('API key').waitFor()
    },
  },
  {
    name: 'nothing there',
    open: async ({ page }) => {
      await page.goto('/nowhere')
      await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    },
  },
]
