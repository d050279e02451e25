import { expect, test } from 'vitest'
import { runScript } from './child.ts'

// The test of the README's shell shows that it makes a video.
test('npm run demo ends everything that it started on Ctrl-C', async () => {
  using demo = runScript('demo.ts', ['--prompt=p [emulator: queue_ms=600000]'])
  await demo.says(/in line/)
  const port = /--port=(\d+)/.exec(demo.leftovers().processes.join('\n'))?.[1]
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  demo.child.kill('SIGINT')
  expect(await demo.exited).toBe(130)
  expect(demo.leftovers()).toEqual({ files: [], processes: [] })
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
})
