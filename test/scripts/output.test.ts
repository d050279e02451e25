import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { createErrorFilter } from '../../scripts/wrangler-errors.ts'
import { runScript } from './child.ts'

describe("wrangler's errors", () => {
  const errorsIn = (text: string): string => {
    const shown: string[] = []
    const filter = createErrorFilter((line) => shown.push(line))
    // In pieces that know nothing of lines.
    for (let at = 0; at < text.length; at += 7) filter(text.slice(at, at + 7))
    return shown.join('')
  }

  test('are shown whole, and nothing else is', () => {
    const error = '✘ [ERROR] Unexpected "}"\n\n    src/app.ts:1\n'
    expect(errorsIn(`[wrangler:info] Ready\n${error}\n[wrangler:info] GET / 200\n`)).toBe(error)
  })

  test('leave out that it is offline', () => {
    expect(errorsIn('Error: getaddrinfo ENOTFOUND workers.cloudflare.com\n    at x\n')).toBe('')
  })
})

describe('npm start', () => {
  test('shows the price before it pays fal, and asks', async () => {
    using start = runScript('start.ts', ['--live', `--port=${await freePort()}`], {
      FAL_KEY: 'a:b',
    })
    expect(await start.exited).toBe(1)
    expect(start.output()).toMatch(/^failed: this would pay .*\$0\.20.*\$0\.90.*; agree with --yes/)
  })

  test('says which port is taken, and how to choose another', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    using start = runScript('start.ts', [`--port=${port}`])
    expect(await start.exited).toBe(1)
    expect(start.output()).toBe(
      `failed: port ${port} is taken; choose another with npm start -- --port <port>\n`,
    )
    server.close()
  })

  test('wants a port to be a number', async () => {
    using start = runScript('start.ts', ['--port=http'])
    expect(await start.exited).toBe(1)
    expect(start.output()).toBe('failed: --port must be a port, 1 to 65535\n')
  })
})
