import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { runScript } from './child.ts'

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
    expect(start.output()).toContain('It must be a port, 1 to 65534')
  })
})
