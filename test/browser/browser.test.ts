import { createServer, type RequestListener } from 'node:http'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { createClient, MODEL } from '../campaign/fal-client.ts'
import { openBrowser } from '../shared/browser.ts'
import { listen } from '../shared/listen.ts'

const serve = (answer: RequestListener): Promise<string> => {
  const server = createServer(answer)
  onTestFinished(() => void server.close())
  return listen(server)
}

/** An empty page on its own origin. */
const openPage = async ({ skip }: TestContext): Promise<Page> => {
  const browser = await openBrowser()
  if (browser === undefined) return skip('no browser runs here: set CHROME_PATH')
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(0)
  const empty = '<!doctype html><title>A page</title>'
  await page.goto(await serve((_, response) => response.end(empty)))
  return page
}

test("plays a video's H.264", async (context) => {
  const page = await openPage(context)
  const emulator = await startEmulator({ queueMs: 0, renderMs: 0 })
  onTestFinished(() => emulator.close())
  const input = { prompt: 'A paper boat', aspect_ratio: '1:1' }
  const { data } = await createClient(emulator).subscribe(MODEL, { input })
  const played = await page.evaluate(`new Promise((resolve, reject) => {
    const video = document.createElement('video')
    video.onerror = () => reject(new Error(video.error.message))
    video.ontimeupdate = () => {
      if (video.currentTime > 0) resolve([video.videoWidth, video.videoHeight, video.duration])
    }
    video.muted = true
    video.src = '${data.video.url}'
    video.play().catch(reject)
  })`)
  expect(played).toEqual([720, 720, 5])
})

test('reads from another origin only what that origin allows', async (context) => {
  const page = await openPage(context)
  const other = await serve((request, response) => {
    if (request.url === '/open') response.setHeader('access-control-allow-origin', '*')
    response.end('for those who may')
  })
  const read = (path: string) =>
    page.evaluate(`fetch('${other}${path}').then((answer) => answer.text(), String)`)
  expect(await read('/open')).toBe('for those who may')
  expect(await read('/closed')).toBe('TypeError: Failed to fetch')
})
