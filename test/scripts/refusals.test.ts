import { createServer } from 'node:http'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { DEFAULT_FAL_KEY } from '../../src/emulator/index.ts'
import { listen } from '../shared/listen.ts'
import { runScript } from './child.ts'

const server = createServer()
const { port: taken } = new URL(await listen(server))
const SOME_KEY = { FAL_KEY: 'k:s' }
afterAll(() => void server.close())

test.each([
  // Sets a key, or the script would pay with the developer's own from .dev.vars.
  ['demo', ['--live', '--yes'], { FAL_KEY: DEFAULT_FAL_KEY }, /--live needs a fal key/],
  ['demo', ['--live'], SOME_KEY, /this would pay for one 5 s video in 720p at fal, about \$0\.20/],
  ['demo', ['--live', '--resolution=1080p', '--duration=10'], SOME_KEY, /about \$0\.90/],
  ['demo', ['--resolution=4k'], {}, /'4k' is invalid. Allowed choices are 720p, 1080p/],
  ['demo', ['--fast'], {}, /unknown option '--fast'/],
  [
    'start',
    ['--live', `--port=${await freePort()}`],
    SOME_KEY,
    /^failed: this would pay .*\$0\.20.*\$0\.90.*; agree with --yes/,
  ],
  [
    'start',
    [`--port=${taken}`],
    {},
    RegExp(`^failed: port ${taken} is taken; choose another with npm start -- --port <port>\n$`),
  ],
  ['start', ['--port=http'], {}, /It must be a port, 1 to 65534/],
  ['verify-live', [], SOME_KEY, /agree with --yes/],
])('%s refuses %j before it starts or pays anything', async (name, args, env, words) => {
  using script = runScript(`${name}.ts`, args, env)
  expect(await script.exited).toBe(1)
  expect(script.output()).toMatch(words)
  expect(script.leftovers()).toEqual({ files: [], processes: [] })
})
