import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { PROBLEMS } from '../../src/contract/problem.ts'
import {
  alertOf,
  choose,
  generate,
  generateButton,
  played,
  promptOf,
  usePlayground,
  visit,
  type Visit,
} from './playground.ts'

usePlayground()

const scheduled = {
  name: 'Every morning',
  cron: '0 9 * * 1-5',
  timezone: 'Europe/Paris',
  input: { prompt: 'The weather on {{weekday}}, as a watercolour that paints itself' },
}
/** Makes the gateway refuse the next request for a video with this problem. */
const refuse = async (
  page: Page,
  status: number,
  code: keyof typeof PROBLEMS,
  more = {},
): Promise<void> => {
  const { title, retryable } = PROBLEMS[code]
  const told = { type: `/errors#${code}`, title, detail: title, instance: '/v1/generations' }
  await page.route('**/v1/generations', (route) =>
    route.fulfill({
      status,
      contentType: 'application/problem+json',
      headers: status === 429 ? { 'retry-after': '45' } : {},
      json: { ...told, status, code, request_id: 'r', retryable, ...more },
    }),
  )
  await generate(page, 'A lighthouse in fog')
}

/** Opens an address, and waits until it shows this element. */
const at =
  (path: string, seen: (page: Page) => Locator) =>
  async ({ page }: Visit) => {
    await page.goto(path)
    await seen(page).waitFor()
  }

/** Every view and state, and how to get there from the state before it. */
const STATES: Readonly<Record<string, (visit: Visit) => Promise<void>>> = {
  'first run': async ({ page }) => {
    await generateButton(page).waitFor()
    await page.getByRole('group', { name: 'Try one of these' }).waitFor()
  },
  'nothing in history': at('/#/history', (page) => page.getByText('Nothing here yet')),
  'new schedule': at('/#/schedules', (page) => page.getByText('a month').first()),
  'in line': async ({ page }) => {
    await page.goto('/#/')
    await generate(page, 'A queue of ducks [emulator: queue_ms=600000 queue_position=12]')
    await page.locator('.phases .now', { hasText: 'In line' }).waitFor()
  },
  rendering: async ({ page }) => {
    await generate(page, 'A glacier, moving [emulator: render_ms=600000]')
    await page.locator('.phases .now', { hasText: 'Rendering' }).waitFor()
  },
  result: async ({ page }) => {
    await generate(page, 'A paper boat rides a stream of rain along a city kerb at night')
    // Wait until the video is drawn.
    await played(page.locator('.stage video').first())
  },
  'events of a result': async ({ page }) => {
    await page.getByRole('tab', { name: 'Events' }).click()
    await page.getByText('completed', { exact: true }).waitFor()
  },
  'refused by policy': async ({ page }) => {
    await generate(page, 'Something foul [emulator: outcome=content_policy]')
    await page.locator('.verdict').waitFor()
  },
  'fal account locked': async ({ page }) => {
    await generate(page, 'A cat [emulator: submit=locked]')
    await alertOf(page, /locked/i).waitFor()
  },
  'field error': async ({ page }) => {
    await promptOf(page).fill('')
    await generateButton(page).click()
    await page.locator('.field-error').waitFor()
  },
  'more settings and code': async ({ page }) => {
    await page.locator('summary', { hasText: 'More' }).click()
    await page.getByLabel('Language').selectOption('curl')
  },
  'over budget': async ({ page }) => {
    const limit = { limit_usd: 10, limit: 'account_daily', resets_at: '2030-01-01T00:00:00Z' }
    await refuse(page, 402, 'over_budget', { cost: { needed_usd: 0.2, left_usd: 0.1, ...limit } })
    await page.getByText(/budget has \$0.10 left/).waitFor()
  },
  'too many requests': async ({ page }) => {
    await refuse(page, 429, 'rate_limited')
    await page.getByText(/You can try again in/).waitFor()
  },
  'switched off': async ({ page }) => {
    await refuse(page, 503, 'switched_off')
    await page.getByText(/has switched off new videos/).waitFor()
    await page.unroute('**/v1/generations')
  },
  offline: async ({ page }) => {
    await page.context().setOffline(true)
    await generate(page, 'A lighthouse in fog [emulator: render_ms=600000]')
    await page.getByText('Could not confirm').waitFor()
  },
  'stream lost': async ({ page }) => {
    await page.route('**/v1/events*', (route) => route.abort('connectionreset'))
    await page.context().setOffline(false)
    await page.reload()
    await page.getByText('live stream is cut off').waitFor()
    await page.unroute('**/v1/events*')
  },
  'set of four': async ({ page }) => {
    await choose(page, '4 variations')
    await generate(page, 'Morning sun in an old greenhouse')
    await page.getByText('4 of 4 ready. Pick').waitFor()
  },
  history: at('/#/history', (page) => page.locator('.card').nth(6)),
  'opened from history': async ({ page }) => {
    await page
      .getByRole('link', { name: /^Ready/ })
      .first()
      .click()
    await page.getByRole('dialog').locator('video').waitFor()
  },
  'video gone': async ({ page }) => {
    await page.route('**/videos/**', (route) => route.fulfill({ status: 410 }))
    await page.reload()
    await page.getByRole('dialog').getByText('The file is gone').waitFor()
    await page.unroute('**/videos/**')
  },
  schedule: async ({ page, post }) => {
    const { id } = await post<{ id: string }>('/v1/schedules', scheduled)
    await post(`/v1/schedules/${id}/run`, {})
    await page.goto(`/#/schedules/${id}`)
    await page.getByRole('link', { name: 'Ready' }).waitFor()
  },
  schedules: at('/#/schedules', (page) => page.getByRole('link', { name: 'Every morning' })),
  usage: async ({ page }) => {
    await page.goto('/#/usage')
    await page.getByText('By status').waitFor()
    await page.locator('.health[data-state=ok]').waitFor()
  },
  'key refused': async ({ page }) => {
    await page.goto('/#/')
    await refuse(page, 401, 'unauthorized')
    await alertOf(page, 'not valid').waitFor()
  },
  'key without a scope': async ({ page, gateway }) => {
    const key = await gateway.newKey(`e2e-${randomUUID()}`, ['generations:read'])
    await page.goto(`/#key=${key}`)
    await page.getByText(/lacks the scope generations:write/).waitFor()
  },
  'key field': async ({ page }) => {
    await page.getByRole('button', { name: /Sign out/ }).click()
    await page.getByLabel('API key').waitFor()
  },
  'nothing there': at('/nowhere', (page) =>
    page.getByRole('heading', { name: 'There is nothing here' }),
  ),
}

const SIZES = [
  { name: 'desktop', width: 1280, height: 860 },
  { name: 'phone', width: 390, height: 844 },
  { name: 'narrow', width: 320, height: 640 },
] as const
/** Where `npm run screenshots` puts its pictures. */
const folder = process.env['SCREENSHOTS']

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

/** axe's findings, one per line. In dark mode only contrast can differ. */
const violations = async (page: Page, colorScheme: 'light' | 'dark'): Promise<string[]> => {
  await page.evaluate(`globalThis.axe ?? ${axe.source}`)
  const found: Violation[] = await page.evaluate(
    `axe.run({ ${colorScheme === 'dark' ? "runOnly: ['color-contrast']," : ''} resultTypes: ['violations'] })
      .then((results) => results.violations)`,
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}

const scrolledWidth = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth')

// It waits for each kind of ending in turn, so it may take as long as several tests.
test(
  'every view and state is accessible in light and dark, and fits every screen',
  { timeout: 600_000 },
  async (context) => {
    const visited = await visit(context, {
      expected: /40[124]|410|429|503|ERR_/,
      reducedMotion: 'reduce',
    })
    const { page } = visited
    const faults: string[] = []
    for (const [name, open] of Object.entries(STATES)) {
      await page.setViewportSize(SIZES[0])
      await open(visited)
      for (const size of SIZES) {
        await page.setViewportSize(size)
        const wide = await scrolledWidth(page)
        if (wide > size.width) faults.push(`${name}, ${size.name}: scrolls sideways, ${wide} px`)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          // The colours on a phone are those on a desktop.
          if (size.name === 'desktop') {
            const found = await violations(page, colorScheme)
            faults.push(...found.map((fault) => `${name}, ${colorScheme}: ${fault}`))
          }
          if (folder === undefined || size.name === 'narrow') continue
          mkdirSync(folder, { recursive: true })
          const file = `${name.replaceAll(' ', '-')}.${size.name}.${colorScheme}.png`
          await page.screenshot({ path: join(folder, file), fullPage: size.name === 'phone' })
        }
      }
    }
    expect(faults).toEqual([])
  },
)

test.runIf(folder !== undefined)("the README's picture", async (context) => {
  const viewport = { width: 1120, height: 760 }
  const { page } = await visit(context, { viewport, reducedMotion: 'reduce' })
  await generateButton(page).click()
  expect(await played(page.locator('.stage video'))).toMatchObject({ size: [1280, 720] })
  // Show the account of a reader who runs `npm start`, not this test's.
  await page.locator('.who').evaluate((element) => (element.textContent = 'default'))
  await page.screenshot({ path: 'docs/playground.png' })
})
