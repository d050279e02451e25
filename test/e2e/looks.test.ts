import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { generateButton, played, usePlayground, visit } from './playground.ts'
import { STATES } from './states.ts'

usePlayground()

const SIZES = [
  { name: 'desktop', width: 1280, height: 860 },
  { name: 'phone', width: 390, height: 844 },
  { name: 'narrow', width: 320, height: 640 },
] as const
/** Where `npm run screenshots` wants its pictures. */
const folder = process.env['SCREENSHOTS']

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

/** What axe finds wrong, one line each. All but contrast is the same in the dark. */
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

// It waits for every kind of ending in turn, so it may take as long as several.
test(
  'every view and state can be used by everyone, light and dark, on every screen',
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
          // The looks of a phone have the colours of a desktop.
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

test.runIf(folder !== undefined)('the picture of the README', async (context) => {
  const viewport = { width: 1120, height: 760 }
  const { page } = await visit(context, { viewport, reducedMotion: 'reduce' })
  await generateButton(page).click()
  expect(await played(page.locator('.stage video'))).toMatchObject({ size: [1280, 720] })
  // The account of whoever runs `npm start`, not of this test.
  await page.locator('.who').evaluate((element) => (element.textContent = 'default'))
  await page.screenshot({ path: 'docs/playground.png' })
})
