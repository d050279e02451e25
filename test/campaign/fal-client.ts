/** The unmodified @fal-ai/client, pointed at an emulator. */
import { createFalClient, type FalClient } from '@fal-ai/client'
import type { EmulatorServer } from '../../src/emulator/index.ts'

/** A plain string: the literal would pull fal's whole endpoint map into every check. */
export const MODEL: string = 'fal-ai/pika/v2.2/text-to-video'

/** The client has no option for its host, so each request's origin is replaced. */
export const createClient = ({ url, falKey }: Pick<EmulatorServer, 'url' | 'falKey'>): FalClient =>
  createFalClient({
    credentials: falKey,
    suppressLocalCredentialsWarning: true,
    fetch: (input, init) => {
      const asked = input instanceof Request ? input.url : String(input)
      const here = asked
        .replace('https://queue.fal.run', url)
        .replace('https://fal.run', `${url}/run`)
      return fetch(here, init)
    },
  })
