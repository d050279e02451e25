/** `npm run deploy`: asks for what is missing, deploys, and sees that it answers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { deploy } from './deploy-run.ts'
import { runScript } from './interrupt.ts'

await runScript((signal) =>
  deploy(
    {
      fetch: (url, init) => fetch(url, init),
      nowMs: () => Date.now(),
      wait: (ms) => sleep(ms, undefined, { signal }).catch(() => undefined),
    },
    signal,
  ),
)
