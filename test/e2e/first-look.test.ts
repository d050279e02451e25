import { expect, test } from 'vitest'
import { generateButton, usePlayground, visit } from './playground.ts'

usePlayground()

/** What Chrome's tools call Slow 4G. @see https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md */
const SLOW_4G = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6e6 / 8) * 0.9,
  uploadThroughput: (750e3 / 8) * 0.9,
}

test('over Slow 4G and with a processor four times as slow, it is there in 2.5 s and does not jump', async (context) => {
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
  // What else this machine does counts too, so the best of five tells of the page.
  const looks: Awaited<ReturnType<typeof look>>[] = []
  while (looks.length < 5 && Math.min(...looks.map(({ lcp }) => lcp)) > 2500) {
    looks.push(await look())
  }
  await context.annotate(JSON.stringify(looks))
  expect(Math.min(...looks.map(({ lcp }) => lcp))).toBeLessThanOrEqual(2500)
  expect(Math.max(...looks.map(({ cls }) => cls))).toBeLessThanOrEqual(0.05)
})
