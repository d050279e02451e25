import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AfterRestoreView } from '../../src/contract/account.ts'
import { createCaller } from './caller.ts'
import { ADMIN_KEY, startBoth } from './gateway.ts'

/** Where wrangler keeps the accounts' SQLite files. */
const accountFiles = (folder: string): string => {
  const objects = join(folder, 'state', 'v3', 'do')
  const [found, ...more] = readdirSync(objects).filter((name) => name.endsWith('-Account'))
  if (found === undefined || more.length > 0) throw new Error('there is not one kind of account')
  return join(objects, found)
}

it('looks up at fal what a restored backup holds as unsent, and sends none of it again', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const oneAtATime = { START_TIMEOUT_SECONDS: 600, MAX_AT_FAL: 1 }
  const settings = { queueMs: 0, renderMs: 50 }
  const { folder, emulator, gateway } = await startBoth(cleanUp, settings, oneAtATime)
  const caller = createCaller(gateway.url)
  const restored = async (): Promise<AfterRestoreView> => {
    const response = await fetch(`${gateway.url}/v1/accounts/default/after-restore`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    return (await response.json()) as AfterRestoreView
  }
  const submits = (): unknown[] => emulator.emulator.jobs().map(({ input }) => input['prompt'])
  const waiting = async () => (await caller.list()).find(({ input }) => input.prompt === 'waiting')

  await caller.create('first [emulator: render_ms=3600000]', 'first')
  await caller.create('waiting', 'waiting')
  expect(await waiting()).toMatchObject({ status: 'submitting', unconfirmed: false })
  await gateway.kill()
  cpSync(accountFiles(folder), join(folder, 'backup'), { recursive: true })

  // The original continues, and sends it.
  const many = { MAX_AT_FAL: 100 }
  await gateway.start(many)
  await gateway.tick()
  await expect.poll(async () => (await waiting())?.status).toBe('completed')
  const { fal_request_id } = (await waiting()) ?? {}
  await gateway.kill()

  const accounts = accountFiles(folder)
  rmSync(accounts, { recursive: true })
  cpSync(join(folder, 'backup'), accounts, { recursive: true })
  await gateway.start({ ...many, ACCEPT: 'off' })
  expect(await waiting()).toMatchObject({ status: 'submitting', unconfirmed: false })
  expect(await restored()).toMatchObject({ marked: 1, unconfirmed: 1 })
  expect(await restored()).toMatchObject({ marked: 0, unconfirmed: 1 })
  await expect.poll(async () => (await waiting())?.status).toBe('completed')
  expect(await waiting()).toMatchObject({ fal_request_id, adopted_by: 'history' })
  await gateway.kill()

  // If the old one were still waiting, it would be sent before the new one.
  await gateway.start(many)
  await caller.create('later', 'later')
  expect(submits()).toEqual(['first [emulator: render_ms=3600000]', 'waiting', 'later'])
})
