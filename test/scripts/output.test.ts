import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { listen } from '../shared/listen.ts'
import { runScript } from './child.ts'

describe('npm start', () => {
  test('shows the price before it pays fal, and asks', async () => {
    const live = ['--live', `--port=${await freePort()}`]
    using start = runScript('start.ts', live, { FAL_KEY: 'a:b' })
    expect(await start.exited).toBe(1)
    expect(start.output()).toMatch(/^failed: this would pay .*\$0\.20.*\$0\.90.*; agree with --yes/)
  })

  test('says which port is taken, and how to choose another', async () => {
    const server = createServer()
    const { port } = new URL(await listen(server))
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
