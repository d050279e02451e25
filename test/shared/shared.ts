/** What test files share, and how they get it. */
import { inject } from 'vitest'
import type { Installed } from '../package/consumer.ts'
import type { GatewayAddress } from './gateway.ts'

export interface Shared {
  /** Where to connect to the browser; null if this machine has none. */
  readonly browser: string | null
  readonly gateway: GatewayAddress
  readonly package: Installed
}

/** Waits until it is there, and starts it if nobody has asked for it yet. */
export const shared = async <Name extends keyof Shared>(name: Name): Promise<Shared[Name]> => {
  const response = await fetch(`${inject('sharedUrl')}/${name}`)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Shared[Name]
}
