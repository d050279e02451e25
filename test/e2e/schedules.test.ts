import { expect, test } from 'vitest'
import { choose, generateButton, played, promptOf, usePlayground, visit } from './playground.ts'

usePlayground()

test('a schedule shows its times and monthly cost before creation, and runs by hand', async (context) => {
  const { page, ask } = await visit(context, { timezoneId: 'America/New_York', expected: /422/ })
  await generateButton(page).waitFor()
  await page.goto('/#/schedules')
  await promptOf(page).fill('The harbour on {{weekday}}')
  await choose(page, '1080p')
  const cron = page.getByLabel('When, as cron')
  await cron.fill('0 9 * * 1-')
  await page.getByText(/cannot be read: the day of week/).waitFor()
  await cron.fill('30 7 * * 1-5')
  await page.getByText('At 07:30, Monday to Friday').waitFor()
  await page.getByLabel('Time zone').selectOption('Europe/Paris')
  // This person's local time differs.
  const times = page.getByRole('listitem').filter({ hasText: /07:30 · .* 0[12]:30 here$/ })
  await expect.poll(() => times.count()).toBe(5)
  expect(await ask('/v1/schedules')).toMatchObject({ data: [] })
  const create = page.getByRole('button', { name: /^Create schedule · about \$\d+\.\d\d a month$/ })
  await create.dblclick({ delay: 20 })
  await page.getByRole('heading', { name: 'The harbour on {{weekday}}' }).waitFor()
  const made = { cron: '30 7 * * 1-5', timezone: 'Europe/Paris', input: { resolution: '1080p' } }
  expect(await ask('/v1/schedules')).toMatchObject({ data: [made], has_more: false })

  await page.getByRole('button', { name: 'Run now · $0.45' }).click()
  await page.getByRole('link', { name: /Ready · run by hand/ }).click()
  expect(await played(page.locator('.stage video'))).toEqual({ size: [1920, 1080], seconds: 5 })
  // The video form has kept its own draft.
  expect(await promptOf(page).inputValue()).toMatch(/^Morning sun/)
})

test('a run whose answer is lost is sent again after a reload, and happens once', async (context) => {
  const { page, post, list } = await visit(context, { expected: /ERR_/ })
  const body = { name: 'Weekly', cron: '@weekly', input: { prompt: 'A week in a minute' } }
  const { id } = await post<{ id: string }>('/v1/schedules', body)
  await page.route('**/run', async (route) => {
    await route.fetch()
    await route.abort('connectionreset')
  })
  await page.goto(`/#/schedules/${id}`)
  await page.getByRole('button', { name: /^Run now/ }).click()
  await page.getByText('Could not confirm').waitFor()
  await page.unroute('**/run')
  await page.reload()
  await page.getByRole('link', { name: /Ready/ }).waitFor()
  expect(await list()).toHaveLength(1)
})

test('a schedule can be paused, resumed and deleted', async (context) => {
  const { page, ask, post } = await visit(context)
  await generateButton(page).waitFor()
  await post('/v1/schedules', { name: 'Daily', cron: '@daily', input: { prompt: 'Every day' } })
  await page.goto('/#/schedules')
  await page.getByRole('link', { name: 'Daily' }).click()
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('Paused', { exact: true }).first().waitFor()
  expect(await ask('/v1/schedules')).toMatchObject({ data: [{ paused: true }] })
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByText(/^Next: /).waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete it and its history' }).click()
  await page.getByText('Create schedule').waitFor()
  expect(await ask('/v1/schedules')).toMatchObject({ data: [] })
})

test('a key without the scope sees why, and sees no button', async (context) => {
  const { page } = await visit(context, { scopes: ['generations:read', 'schedules:read'] })
  await page.getByText(/lacks the scope generations:write/).waitFor()
  await page.goto('/#/schedules')
  await page.getByText(/lacks the scope schedules:write/).waitFor()
  expect(await page.getByRole('button', { name: /Create|New/ }).count()).toBe(0)
})
