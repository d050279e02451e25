import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DEFAULT_FAL_KEY } from '../../src/emulator/index.ts'
import { readMp4 } from '../../scripts/mp4.ts'
import { runScript } from './child.ts'

const NOTHING = { files: [], processes: [] }

describe('npm run demo', () => {
  test('makes a video and leaves nothing else behind', async () => {
    const out = mkdtempSync(join(tmpdir(), 'pika-edge-videos-'))
    onTestFinished(() => rmSync(out, { recursive: true }))
    using demo = runScript('demo.ts', [
      `--out=${out}`,
      '--aspect-ratio=1:1',
      '--prompt=A tin robot waters its garden [emulator: queue_ms=50 render_ms=200]',
    ])
    const exitCode = await demo.exited
    expect({ exitCode, output: demo.output() }).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/queued/),
    })
    const path = /(\S+\.mp4) · \d+ kB · 720x720 · 5 s · \$0\.20 at fal, free here/.exec(
      demo.output(),
    )?.[1]
    expect(readMp4(readFileSync(path ?? ''))).toEqual({ width: 720, height: 720, seconds: 5 })
    expect(demo.leftovers()).toEqual(NOTHING)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('ends all it started on %s', async (signal) => {
    using demo = runScript('demo.ts', ['--prompt=p [emulator: queue_ms=600000]'])
    await demo.says(/queued/)
    const port = /--port=(\d+)/.exec(demo.leftovers().processes.join('\n'))?.[1]
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    demo.child.kill(signal)
    expect(await demo.exited).toBe(130)
    expect(demo.leftovers()).toEqual(NOTHING)
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
  })

  test.each([
    // The key is given: one in the developer's own .dev.vars would be paid with.
    [['--live', '--yes'], /--live needs a key of fal/, { FAL_KEY: DEFAULT_FAL_KEY }],
    [
      ['--live'],
      /this would pay for one 5 s video in 720p at fal, about \$0\.20/,
      { FAL_KEY: 'k:s' },
    ],
    [['--live', '--resolution=1080p', '--duration=10'], /about \$0\.90/, { FAL_KEY: 'k:s' }],
    [['--resolution=4k'], /--resolution must be one of 720p, 1080p/, {}],
    [['--fast'], /Unknown option '--fast'/, {}],
  ])('refuses %j', async (args, words, env) => {
    using demo = runScript('demo.ts', args, env)
    expect(await demo.exited).toBe(1)
    expect(demo.output()).toMatch(words)
    expect(demo.leftovers()).toEqual(NOTHING)
  })
})
