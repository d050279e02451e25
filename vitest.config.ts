import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { newKey } from './scripts/secrets.ts'
import { LongestFirst } from './test/shared/order.ts'
import { createOutbound } from './test/workerd/outbound.ts'

/** What the Worker is given in tests, beside what wrangler.toml says. */
const bindings = {
  FAL_KEY: 'emulator-key-id:emulator-key-secret',
  ADMIN_KEY: newKey(),
  SIGNING_KEY: newKey(),
  PUBLIC_URL: 'https://gateway.test',
  DAILY_BUDGET_USD: '1000',
  MEDIA_HOSTS: 'queue.fal.run,media.test',
}

/**
 * What hangs is given up after this long. No limit here says how fast anything is to be: a test may
 * run on a slow machine that is busy with other things.
 */
const HANGS_MS = 120_000

/** Many tests wait for processes more than they compute, so there are more than two at a time. */
const maxWorkers = Math.max(4, availableParallelism())

/** Longer where wrangler is started several times in one test. */
const patience = (ms = HANGS_MS) => ({
  maxWorkers,
  testTimeout: ms,
  hookTimeout: ms,
  expect: { poll: { timeout: ms / 2 } },
})

/** Tests that start the gateway, the command or npm as processes of their own. */
const STARTS_PROCESSES = [
  'ai-sdk',
  'browser',
  'fal',
  'campaign',
  'cli',
  'package',
  'readme',
  'scripts',
].map((folder) => `test/${folder}/**/*.test.ts`)

/** Tests of a gateway that keeps videos: that is a change of what has ended, which others do not expect. */
const ARCHIVES = ['test/workerd/videos.test.ts']

interface InWorkerd {
  readonly include?: string[]
  readonly exclude?: string[]
  readonly r2Buckets?: string[]
}

const inWorkerd = (
  name: string,
  { include = ['test/workerd/**/*.test.ts'], exclude = [], r2Buckets = [] }: InWorkerd,
) => ({
  plugins: [
    // Called for each Worker that is started: as many as there are files at a time.
    cloudflareTest(() => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: { r2Buckets, bindings: { ...bindings }, outboundService: createOutbound() },
    })),
  ],
  test: {
    ...patience(),
    name,
    include,
    exclude,
    setupFiles: './test/workerd/capabilities.ts',
    isolate: false,
  },
})

export default defineConfig({
  test: {
    // What passes says nothing; what fails shows its logs.
    silent: 'passed-only',
    globalSetup: './test/shared/setup.ts',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...patience(),
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/workerd/**', 'test/e2e/**', ...STARTS_PROCESSES],
          isolate: false,
        },
      },
      {
        test: {
          ...patience(5 * HANGS_MS),
          name: 'processes',
          include: STARTS_PROCESSES,
          isolate: false,
          // What the command and wrangler are compiled to is kept for the next that starts.
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node') },
        },
      },
      inWorkerd('worker', { exclude: ARCHIVES }),
      inWorkerd('archive', { include: ARCHIVES, r2Buckets: ['VIDEOS'] }),
    ],
  },
})
