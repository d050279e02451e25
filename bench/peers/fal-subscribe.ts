/** fal's own client, which waits as its documentation shows: by polling or streaming. */
import { createFalClient } from '@fal-ai/client'

/** A plain string: the literal would pull fal's whole endpoint map into every check. */
const MODEL: string = 'fal-ai/pika/v2.2/text-to-video'

/** Requests a video, and returns fal's id of the job once the client has the result. */
export const falSubscribe = (url: string, credentials: string, mode: 'polling' | 'streaming') => {
  const fal = createFalClient({
    credentials,
    suppressLocalCredentialsWarning: true,
    // The client has no option for its host.
    fetch: (input, init) => {
      const asked = input instanceof Request ? input.url : String(input)
      return fetch(asked.replace('https://queue.fal.run', url), init)
    },
  })
  return async (prompt: string): Promise<string> => {
    const { requestId } = await fal.subscribe(MODEL, { input: { prompt }, mode })
    return requestId
  }
}
