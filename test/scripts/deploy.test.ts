import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { runScript } from './child.ts'
import { type Binding, type Cloudflare, startCloudflare } from './cloudflare.ts'

/** Deploys with the real wrangler to the stand-in, without a terminal. */
const deploy = async (env: Readonly<Record<string, string>>, flags: readonly string[] = []) => {
  using home = temporaryFolder()
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const outer = { PATH, NODE_COMPILE_CACHE, HOME: home.path }
  using script = runScript('../test/scripts/deploy-here.ts', flags, env, outer)
  const exitCode = await script.exited
  return { exitCode, output: script.output(), leftovers: script.leftovers() }
}

/** A script's exit code, and part of its output. */
const ended = (exitCode: number, words: string | RegExp) => ({
  exitCode,
  output: typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
})

const NOTHING_LEFT = { files: [], processes: [] }
const MADE = /^[\w-]{43}$/
/** It polls every two seconds for ten minutes; a new name first answers 404. */
const [LAST_IN_TIME_MS, TOO_LATE_MS] = ['596000', '598000']
const EARLIER: readonly Binding[] = [
  { name: 'FAL_KEY', type: 'secret_text', text: 'id:secret' },
  { name: 'ADMIN_KEY', type: 'secret_text', text: 'an-admin-key' },
  { name: 'SIGNING_KEY', type: 'secret_text', text: 'a-signing-key' },
  { name: 'REQUESTS', type: 'kv_namespace', namespace_id: 'an-id' },
  { name: 'ACCEPT', type: 'plain_text', text: 'off' },
  { name: 'DAILY_BUDGET_USD', type: 'plain_text', text: '3' },
]
const textOf = (cloudflare: Cloudflare, wanted: string) =>
  cloudflare.bindings?.find(({ name }) => name === wanted)?.text

describe('npm run deploy', () => {
  test('builds and plans without an account or a fal key', async () => {
    using script = runScript('deploy.ts', ['--dry-run'])
    const exitCode = await script.exited
    const made = 'Made now: ADMIN_KEY, SIGNING_KEY\nStill needed: FAL_KEY'
    expect({ exitCode, output: script.output() }).toEqual(ended(0, made))
    expect(script.output()).toContain('Dry run: the bundle builds')
    expect(script.output()).not.toContain('Given:')
    expect(script.leftovers()).toEqual(NOTHING_LEFT)
  })

  test('deploys to a new account, and waits until its name resolves', async () => {
    using cloudflare = await startCloudflare()
    const { exitCode, output, leftovers } = await deploy({
      ...cloudflare.env,
      FAL_KEY: 'id:the-secret',
      NAME_KNOWN_AFTER_MS: LAST_IN_TIME_MS,
    })
    expect({ exitCode, output }).toEqual(ended(0, "It answers. fal's webhooks are on."))
    const unanswered = ['getaddrinfo ENOTFOUND', '404 error code: 1042']
    expect(output.match(/(?<=not yet: ).*/g)).toEqual(unanswered)
    const names = ['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY']
    const [falKey, adminKey, signingKey] = names.map((name) => textOf(cloudflare, name))
    expect(falKey).toBe('id:the-secret')
    expect(output).not.toContain('the-secret')
    for (const key of [adminKey, signingKey]) expect(key).toMatch(MADE)
    expect(adminKey).not.toBe(signingKey)
    expect(output).toContain(`\n  ${adminKey}\n`)
    expect([...cloudflare.namespaces.values()]).toEqual(['pika-edge-requests'])
    const requests = { type: 'kv_namespace', namespace_id: 'id of pika-edge-requests' }
    expect(cloudflare.bindings).toContainEqual({ name: 'REQUESTS', ...requests })
    const code_update_strategy = { mode: 'deferred', max_delay: 120 }
    expect(cloudflare.uploads).toMatchObject([{ code_update_strategy }])
    expect(cloudflare.unexpected).toEqual([])
    expect(leftovers).toEqual(NOTHING_LEFT)
  })

  test('archives videos after --archive, until --no-archive', async () => {
    using cloudflare = await startCloudflare()
    const env = { ...cloudflare.env, FAL_KEY: 'id:secret' }
    const bound = () => cloudflare.bindings?.some(({ name }) => name === 'VIDEOS')
    cloudflare.buckets = null
    const refused = await deploy(env, ['--archive'])
    const words = 'this account has no R2 yet, and nothing was deployed'
    expect(refused).toMatchObject(ended(1, words))
    expect(cloudflare.uploads).toEqual([])
    cloudflare.buckets = []
    for (const [flags, isKept] of [
      [['--archive'], true],
      [['--var', 'ACCEPT:off'], true],
      [['--no-archive'], false],
    ] as const) {
      const { exitCode, output } = await deploy(env, flags)
      expect({ exitCode, output, bound: bound() }).toEqual({ exitCode: 0, output, bound: isKept })
    }
    // One deployment sets it, and the next keeps it.
    expect(textOf(cloudflare, 'ACCEPT')).toBe('off')
    expect([cloudflare.buckets, cloudflare.unexpected]).toEqual([['pika-edge-videos'], []])
  })

  test("keeps an earlier deployment's keys, and changes from the dashboard", async () => {
    using cloudflare = await startCloudflare()
    cloudflare.bindings = EARLIER
    const { exitCode, output } = await deploy({
      ...cloudflare.env,
      FAL_KEY: 'id:another-secret',
      NAME_KNOWN_AFTER_MS: TOO_LATE_MS,
    })
    const kept = 'Kept as they are: FAL_KEY, ADMIN_KEY, SIGNING_KEY\n'
    expect({ exitCode, output }).toEqual(ended(0, kept))
    expect(cloudflare.bindings).toEqual(expect.arrayContaining([...EARLIER]))
    const sent = cloudflare.uploads.map(({ bindings }) => bindings.map(({ type }) => type))
    expect(sent).toEqual([expect.not.arrayContaining(['plain_text'])])
    expect(output).toContain('It is deployed, but does not answer yet.')
    expect([[...cloudflare.namespaces], cloudflare.unexpected]).toEqual([[], []])
  })

  test.each<[string, Partial<Cloudflare>, Record<string, string>, RegExp]>([
    [
      'the account has no workers.dev subdomain',
      { subdomain: null },
      {},
      /failed: nothing is deployed, and the keys made above are void:\n.*register a workers\.dev subdomain here:\nhttps:\S+\nThen run `npm run deploy` again\.\n$/s,
    ],
    [
      'a lost Worker has left its namespace behind',
      { namespaces: new Map([['an-id', 'pika-edge-requests']]) },
      {},
      /void:\n.*\[code: 10014\]\nDelete the KV namespace pika-edge-requests, .*\nThen run .* again\.\n$/s,
    ],
    [
      'Cloudflare refuses its token',
      {},
      { CLOUDFLARE_API_TOKEN: 'a-wrong-token' },
      /^failed: Cloudflare did not say .*\[code: \d+\]\nCheck CLOUDFLARE_API_TOKEN /,
    ],
    [
      'the deployed gateway has another admin key',
      { bindings: EARLIER.filter(({ name }) => name !== 'SIGNING_KEY') },
      { ADMIN_KEY: 'a-wrong-key' },
      /Made now: SIGNING_KEY\n.*failed: the gateway refused its admin key: \{\}\n$/s,
    ],
  ])('says what to do if %s', async (_, given, env, words) => {
    using cloudflare = Object.assign(await startCloudflare(), given)
    const { exitCode, output } = await deploy({ ...cloudflare.env, FAL_KEY: 'id:secret', ...env })
    expect({ exitCode, output }).toEqual(ended(1, words))
    expect(cloudflare.uploads).toHaveLength(given.bindings === undefined ? 0 : 1)
    expect(cloudflare.unexpected).toEqual([])
  })
})
