/** The page in a browser, as a person sees it, on the gateway that all tests share. */
import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, type TestContext } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { openBrowser } from '../shared/browser.ts'
import { type RunningGateway, sharedGateway } from '../shared/gateway.ts'

/** Longer than any step takes, so that a test that hangs says where. */
const PATIENCE_MS = 45_000

let browser: Browser | undefined
let gateway: RunningGateway

/** Call this once per file: it starts what the tests need, unless it is already running. */
export const usePlayground = (): void => {
  beforeAll(async () => {
    browser = await openBrowser()
    if (browser !== undefined) gateway = await sharedGateway()
  })
  afterAll(() => browser?.close())
}

export type Visit = Awaited<ReturnType<typeof visit>>

export interface VisitOptions extends BrowserContextOptions {
  readonly scopes?: readonly string[]
  /** Default: the link that `npm start` prints. */
  readonly path?: (key: string) => string
  /** Console messages that the test expects. */
  readonly expected?: RegExp
}

const ALL = ['generations:read', 'generations:write', 'schedules:read', 'schedules:write']

/** Opens the page for a person with a new account. Unexpected console messages fail the test. */
export const visit = async (context: TestContext, options: VisitOptions = {}) => {
  if (browser === undefined) return context.skip('no browser runs here: set CHROME_PATH')
  const { scopes = ALL, path = (key) => `/#key=${key}`, expected, ...rest } = options
  const key = await gateway.newKey(`e2e-${randomUUID()}`, scopes)
  const person = await browser.newContext({ baseURL: gateway.url, ...rest })
  person.setDefaultTimeout(PATIENCE_MS)
  const complaints = listen(person, expected)
  onTestFinished(async () => {
    await person.close()
    expect(complaints).toEqual([])
  })
  /** Calls the API as this person. */
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${key}`)
    headers.set('content-type', 'application/json')
    const response = await fetch(gateway.url + path, { ...init, headers })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  /** Opens another tab for the same person, with the same key. */
  const openTab = async () => {
    const page = await person.newPage()
    await page.goto(path(key))
    return page
  }
  const post = <T>(path: string, body: object, headers = {}) =>
    ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) })
  return {
    page: await openTab(),
    gateway,
    key,
    openTab,
    ask,
    post,
    /** Makes a video through the API, not the page. Waits for its end by default. */
    create: (prompt: string, wait = 60) =>
      post<Generation>('/v1/generations', { prompt }, { prefer: `wait=${wait}` }),
    /** All of this person's generations, newest first. */
    list: async () => (await ask<{ data: Generation[] }>('/v1/generations?limit=100')).data,
  }
}

const listen = (person: BrowserContext, expected: RegExp | undefined): string[] => {
  const complaints: string[] = []
  const note = (text: string) => {
    if (expected?.test(text) !== true) complaints.push(text)
  }
  person.on('weberror', (error) => note(String(error.error())))
  person.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    note(`${message.text()} ${message.location().url}`)
  })
  return complaints
}

/** The button that spends money. */
export const generateButton = (page: Page): Locator =>
  page.getByRole('button', { name: /^Generate/ })

export const promptOf = (page: Page): Locator => page.getByLabel('Prompt', { exact: true })

export const alertOf = (page: Page, hasText: string | RegExp): Locator =>
  page.getByRole('alert').filter({ hasText }).first()

/** Picks an option as a person does: by clicking what is drawn around the radio button. */
export const choose = (page: Page, name: string): Promise<void> =>
  page.getByRole('radio', { name }).locator('..').click()

/** Enters a prompt and requests its video. */
export const generate = async (page: Page, prompt: string): Promise<void> => {
  await promptOf(page).fill(prompt)
  await generateButton(page).click()
}

interface Played {
  readonly size: readonly [number, number]
  readonly seconds: number
}

/** The part of a video element used here, because Node lacks the browser's types. */
export interface Player {
  currentTime: number
  readonly videoWidth: number
  readonly videoHeight: number
  readonly duration: number
  readonly error: { readonly message: string } | null
  play(): Promise<void>
  pause(): void
  addEventListener(name: string, listener: () => void): void
}

/** Waits until a video plays, and returns its size and length. */
export const played = (video: Locator): Promise<Played> =>
  video.evaluate(
    (element) =>
      new Promise<Played>((resolve, reject) => {
        const player = element as unknown as Player
        const look = () => {
          if (player.error !== null) reject(new Error(player.error.message))
          if (player.currentTime < 0.2) return
          const { videoWidth, videoHeight, duration } = player
          resolve({ size: [videoWidth, videoHeight], seconds: duration })
        }
        for (const name of ['timeupdate', 'error']) player.addEventListener(name, look)
        player.play().catch(reject)
        look()
      }),
  )

/** The id in the page's address. */
export const idOf = async (page: Page): Promise<string> => {
  await page.waitForURL(/#\/g\/gen_\w+$/)
  return page.url().split('/').at(-1) ?? ''
}
