import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { newKey } from './scripts/secrets.ts'
import { emulatorOutbound } from './test/worker/outbound.ts'

/** What the Worker is given in tests, beside what wrangler.toml says. */
const bindings = {
  FAL_KEY: 'emulator-key-id:emulator-key-secret',
  ADMIN_KEY: newKey(),
  SIGNING_KEY: newKey(),
  PUBLIC_URL: 'https://gateway.test',
  DAILY_BUDGET_USD: '1000',
}

/** No test waits this long for anything; a machine that is busy with others may need it. */
const SLOW_MACHINE_MS = 30_000

/** Tests that start the gateway, the command or npm as processes of their own. */
const STARTS_PROCESSES = ['fal', 'campaign', 'cli', 'package', 'readme', 'scripts'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
)

export default defineConfig({
  test: {
    // What passes says nothing; what fails shows its logs.
    silent: 'passed-only',
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/worker/**', ...STARTS_PROCESSES],
          maxWorkers: 2,
          testTimeout: SLOW_MACHINE_MS,
        },
      },
      {
        test: {
          name: 'processes',
          include: STARTS_PROCESSES,
          // Each waits for what it started more than it computes.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings, outboundService: emulatorOutbound },
          }),
        ],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          // One emulator answers for all files, so they take turns.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: SLOW_MACHINE_MS,
        },
      },
    ],
  },
})
