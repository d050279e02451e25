import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { startEmulator } from '../../src/emulator/index.ts'
import { MODEL } from './harness.ts'

test('what is kept on disk is forgotten with the rest, and is refused where it was damaged', async () => {
  using folder = temporaryFolder()
  const statePath = join(folder.path, 'emulator.jsonl')
  const live = async (use: (url: string) => Promise<void> = async () => undefined) => {
    const server = await startEmulator({ statePath })
    try {
      await use(server.url)
      const { keys } = Object(await (await fetch(server.jwksUrl)).json())
      return { keys, prompts: server.emulator.jobs().map(({ input }) => input['prompt']) }
    } finally {
      await server.close()
    }
  }
  const submit = (prompt: string) => async (url: string) => {
    const headers = { authorization: 'Key emulator-key-id:emulator-key-secret' }
    await fetch(url + MODEL, { method: 'POST', headers, body: JSON.stringify({ prompt }) })
  }
  const { keys } = await live(submit('A boat'))
  expect(await live(submit('A cat'))).toEqual({ keys, prompts: ['A boat', 'A cat'] })
  const forget = async (url: string) => {
    await fetch(`${url}/_emulator`, { method: 'DELETE' })
  }
  expect(await live(forget)).toEqual({ keys, prompts: [] })
  expect(await live()).toEqual({ keys, prompts: [] })
  const rotate = async (url: string) => {
    const body = JSON.stringify({ rotate_key: true, keep_previous_key: true })
    await fetch(`${url}/_emulator/settings`, { method: 'POST', body })
  }
  const rotated = await live(rotate)
  expect(rotated.keys).toEqual([expect.anything(), ...keys])
  expect(await live()).toEqual(rotated)
  writeFileSync(statePath, `${readFileSync(statePath, 'utf8')}{"job"\n`)
  await expect(live()).rejects.toThrow('is damaged')
})
