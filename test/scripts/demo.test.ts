import { describe, expect, test } from 'vitest'
import { DEFAULT_FAL_KEY } from '../../src/emulator/index.ts'
import { runScript } from './child.ts'

const NOTHING = { files: [], processes: [] }
const SOME_KEY = { FAL_KEY: 'k:s' }

// That it makes a video is shown where the README's session runs it.
describe('npm run demo', () => {
  test('ends all it started on Ctrl-C', async () => {
    using demo = runScript('demo.ts', ['--prompt=p [emulator: queue_ms=600000]'])
    await demo.says(/in line/)
    const port = /--port=(\d+)/.exec(demo.leftovers().processes.join('\n'))?.[1]
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    demo.child.kill('SIGINT')
    expect(await demo.exited).toBe(130)
    expect(demo.leftovers()).toEqual(NOTHING)
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
  })

  test.each([
    // The key is given: one in the developer's own .dev.vars would be paid with.
    [['--live', '--yes'], /--live needs a fal key/, { FAL_KEY: DEFAULT_FAL_KEY }],
    [['--live'], /this would pay for one 5 s video in 720p at fal, about \$0\.20/, SOME_KEY],
    [['--live', '--resolution=1080p', '--duration=10'], /about \$0\.90/, SOME_KEY],
    [['--resolution=4k'], /'4k' is invalid. Allowed choices are 720p, 1080p/, {}],
    [['--fast'], /unknown option '--fast'/, {}],
  ])('refuses %j', async (args, words, env) => {
    using demo = runScript('demo.ts', args, env)
    expect(await demo.exited).toBe(1)
    expect(demo.output()).toMatch(words)
    expect(demo.leftovers()).toEqual(NOTHING)
  })
})
