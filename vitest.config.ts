import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { emulatorOutbound } from './test/worker/outbound.ts'

/** What the Worker is given in tests, beside what wrangler.toml says. */
const bindings = {
  FAL_KEY: 'emulator-key-id:emulator-key-secret',
  ADMIN_KEY: 'test-admin-key',
  SIGNING_KEY: 'test-signing-key',
  PUBLIC_URL: 'https://gateway.test',
  DAILY_BUDGET_USD: '1000',
}

export default defineConfig({
  test: {
    // What passes says nothing; what fails shows its logs.
    silent: 'passed-only',
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/worker/**', 'test/e2e/**'],
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
        },
      },
    ],
  },
})
