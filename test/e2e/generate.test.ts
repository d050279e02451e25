import { expect, test } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import {
  alertOf,
  choose,
  generate,
  generateButton,
  idOf,
  played,
  type Player,
  promptOf,
  usePlayground,
  visit,
} from './playground.ts'

usePlayground()

test('one click leads from the link to the first video, which matches the request', async (context) => {
  const { page, list } = await visit(context)
  await expect.poll(() => promptOf(page).inputValue()).not.toBe('')
  expect(page.url()).not.toContain('key')
  await generateButton(page).click()
  const video = page.locator('.stage video')
  expect(await played(video)).toEqual({ size: [1280, 720], seconds: 5 })
  expect(await list()).toHaveLength(1)
  expect(await page.title()).toContain('Ready')
})

test('the video has the form’s shape, size and length, and the button shows the price', async (context) => {
  const { page, list } = await visit(context)
  await promptOf(page).fill('A tall lighthouse')
  await choose(page, '9:16')
  await choose(page, '1080p')
  await choose(page, '10 s')
  expect(await generateButton(page).innerText()).toContain('$0.90')
  await generateButton(page).click()
  expect(await played(page.locator('.stage video'))).toEqual({ size: [1080, 1920], seconds: 10 })
  const input = { aspect_ratio: '9:16', resolution: '1080p', duration: 10 }
  expect(await list()).toMatchObject([{ input }])
})

test('a double click pays once', async (context) => {
  const { page, list } = await visit(context)
  await promptOf(page).fill('A cat that is paid for once')
  await generateButton(page).dblclick({ delay: 20 })
  await played(page.locator('.stage video'))
  expect(await list()).toHaveLength(1)
})

test('four variations differ only in their seed, and each can be picked', async (context) => {
  const { page, list } = await visit(context)
  await choose(page, '4 variations')
  expect(await generateButton(page).innerText()).toContain('$0.80')
  await generate(page, 'Four of a kind')
  await page.getByText('4 of 4 ready. Pick').waitFor()
  const made = await list()
  expect(new Set(made.map(({ input }) => input.seed)).size).toBe(4)
  expect(new Set(made.map(({ input }) => JSON.stringify({ ...input, seed: 0 }))).size).toBe(1)
  for (const index of [0, 1, 2, 3]) await played(page.locator('.set video').nth(index))
  await page.getByRole('link', { name: 'Pick' }).nth(2).click()
  expect(made.map(({ id }) => id)).toContain(await idOf(page))
})

test('an archived video plays, and can be sought in', async (context) => {
  const { page, ask } = await visit(context)
  await generate(page, 'A river that is kept')
  const video = page.locator('.stage video')
  await played(video)
  const path = `/v1/generations/${await idOf(page)}`
  const isKept = async () => (await ask<Generation>(path)).video?.archived_at !== null
  await expect.poll(isKept).toBe(true)
  // Reload, so that nothing is cached and the video comes from the archive, in ranges.
  await page.reload()
  await played(page.locator('.stage video'))
  const soughtSeconds = await video.evaluate(
    (element) =>
      new Promise<number>((resolve) => {
        const player = element as unknown as Player
        player.pause()
        player.addEventListener('seeked', () => resolve(player.currentTime))
        player.currentTime = 3.5
      }),
  )
  expect(soughtSeconds).toBeCloseTo(3.5, 1)
})

test('a refusal shows fal’s reason and the cost, and keeps the draft', async (context) => {
  const { page } = await visit(context)
  await generate(page, 'Something foul [emulator: outcome=content_policy]')
  const verdict = page.locator('.verdict')
  await verdict.getByRole('heading', { name: /content policy/ }).waitFor()
  expect(await verdict.innerText()).toContain('$0.20')
  expect(await promptOf(page).inputValue()).toContain('Something foul')
})

test('an immediate refusal by fal shows an alert, and charges nothing', async (context) => {
  const { page, ask } = await visit(context, { expected: /503/ })
  await generate(page, 'A cat [emulator: submit=locked]')
  await alertOf(page, /locked/i).waitFor()
  expect(await ask('/v1/usage')).toMatchObject({ total: { charged_usd: 0, reserved_usd: 0 } })
})

test('a run can be canceled, and nothing is charged', async (context) => {
  const { page } = await visit(context)
  await generate(page, 'A film nobody waits for [emulator: queue_ms=600000]')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('heading', { name: 'Canceled', exact: true }).waitFor()
  expect(await page.locator('.verdict').innerText()).toContain('nothing charged')
})

test('a reload finds the running generation again, and it continues to its video', async (context) => {
  const { page, gateway, list } = await visit(context)
  const prompt = `Slow clouds ${context.task.id} [emulator: render_ms=600000]`
  await generate(page, prompt)
  await page.locator('.phases .now', { hasText: 'Rendering' }).waitFor()
  const id = await idOf(page)
  await page.reload()
  await page.locator('.phases .now', { hasText: 'Rendering' }).waitFor()
  expect(await idOf(page)).toBe(id)
  await gateway.advance(prompt, 600_000)
  await played(page.locator('.stage video'))
  expect(await list()).toMatchObject([{ id, status: 'completed' }])
})

test('after a lost answer, a reload sends again, shows the video and pays once', async (context) => {
  const { page, gateway, list } = await visit(context, { expected: /ERR_/ })
  const prompt = `A letter in a bottle ${context.task.id}`
  // The gateway gets the request, but the page never gets the answer.
  await page.route('**/v1/generations', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback()
    await route.fetch()
    await route.abort('connectionreset')
  })
  await generate(page, prompt)
  await page.getByText('Could not confirm').waitFor()
  expect(await page.getByRole('alert').innerText()).toContain('may have cost $0.20')
  await page.unroute('**/v1/generations')
  await page.reload()
  await played(page.locator('.stage video'))
  expect(await list()).toHaveLength(1)
  expect(await gateway.submits(prompt)).toBe(1)
})

test('works with the keyboard alone', async (context) => {
  const { page, list } = await visit(context)
  // The prompt has the focus, so a person can type at once.
  await page.locator('#prompt:focus').waitFor()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('A train by night')
  await page.getByRole('radio', { name: '16:9' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ControlOrMeta+Enter')
  expect(await played(page.locator('.stage video'))).toEqual({ size: [720, 1280], seconds: 5 })
  expect(await list()).toHaveLength(1)
})

test('with ten running and two tabs open, the next request is answered within 1 s', async (context) => {
  const { page, openTab, post } = await visit(context)
  const other = await openTab()
  await generateButton(other).waitFor()
  const prompt = 'One of ten [emulator: render_ms=600000]'
  for (let index = 0; index < 10; index++) await post('/v1/generations', { prompt })
  for (const tab of [page, other]) await tab.goto('/#/history')
  for (const tab of [page, other]) await tab.getByText('Rendering').nth(9).waitFor()
  await page.goto('/#/')
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  await generate(page, 'The eleventh')
  const { responseEnd } = (await answered).request().timing()
  await played(page.locator('.stage video'))
  expect(responseEnd).toBeLessThan(1000)
})

test('an invalid key leads to the key field, and the draft is kept', async (context) => {
  const { page, key, gateway, ask } = await visit(context, { expected: /401/ })
  await promptOf(page).fill('Still here afterwards')
  const { id } = await ask<{ id: string }>('/v1/me')
  const authorization = `Bearer ${gateway.adminKey}`
  const account = key.split('_')[1] ?? ''
  await fetch(`${gateway.url}/v1/keys/${id}`, {
    method: 'DELETE',
    headers: { authorization, 'pika-account': account },
  })
  await generateButton(page).click()
  await page.getByLabel('API key').waitFor()
  expect(await page.getByRole('alert').innerText()).toContain('not valid')
  const fresh = await gateway.newKey(account)
  await page.getByLabel('API key').fill(fresh)
  await page.getByRole('button', { name: 'Continue' }).click()
  expect(await promptOf(page).inputValue()).toBe('Still here afterwards')
})

test('over budget, the page names the limit, and the button sends nothing', async (context) => {
  const scopes = ['generations:read', 'generations:write', 'admin']
  const { page, ask } = await visit(context, { scopes })
  const { account_id: account } = await ask<{ account_id: string }>('/v1/me')
  const body = JSON.stringify({ daily_budget_usd: 0.1 })
  await ask(`/v1/accounts/${account}`, { method: 'PUT', body })
  await page.reload()
  await page.getByText(/daily budget has \$0\.10 left of \$0\.10/).waitFor()
  await generateButton(page).click({ force: true })
  expect(await ask('/v1/generations')).toMatchObject({ data: [] })
})
