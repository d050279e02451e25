/** Holds back the account's calls to fal, for tests of what happens meanwhile. */
import { runInDurableObject } from 'cloudflare:test'
import { vi } from 'vitest'
import * as inside from './inside.ts'

/** Holds back the account's fetches whose address contains `path`, until `letGo` is called. */
export const hold = (path: string) => {
  const send = globalThis.fetch
  const held: (() => void)[] = []
  let open = false
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    if (!open && typeof input === 'string' && input.includes(path))
      await new Promise<void>((go) => held.push(go))
    return send(input, init)
  })
  const letGo = () =>
    runInDurableObject(inside.stub(), () => {
      open = true
      for (const go of held) go()
    })
  return { held, letGo }
}
