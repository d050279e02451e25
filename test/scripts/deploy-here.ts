/** `npm run deploy` to an address on this machine, with a clock that only waiting advances. */
import { deploy } from '../../scripts/deploy.ts'
import { runScript } from '../../scripts/interrupt.ts'

const ADDRESS = 'https://pika-edge.studio.workers.dev'
const { GATEWAY_URL = '', NAME_KNOWN_AFTER_MS = '0' } = process.env

let nowMs = 0
const unknownName = new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') })

await runScript((signal) =>
  deploy(
    {
      fetch: async (url, init) => {
        if (nowMs < Number(NAME_KNOWN_AFTER_MS)) throw unknownName
        if (nowMs === Number(NAME_KNOWN_AFTER_MS)) {
          return new Response('error code: 1042', { status: 404 })
        }
        return fetch(url.replace(ADDRESS, GATEWAY_URL), init)
      },
      nowMs: () => nowMs,
      wait: async (ms) => {
        nowMs += ms
      },
    },
    signal,
  ),
)
