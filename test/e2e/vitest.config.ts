import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** A test hangs if it takes longer than this, even on a slow and busy machine. */
const HANGS_MS = 120_000

/** Measures times, so nothing else may run beside it. */
const SPEED = 'test/e2e/speed.test.ts'

export const inBrowser = {
  // All files share one browser: more than two at a time slow each other down.
  maxWorkers: 2,
  isolate: false,
  testTimeout: HANGS_MS,
  hookTimeout: 5 * HANGS_MS,
  expect: { poll: { timeout: HANGS_MS / 2 } },
}

/** `npm run test:e2e`: what people do on the page, in one browser, on one gateway. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    silent: 'passed-only',
    globalSetup: join(import.meta.dirname, '../shared/setup.ts'),
    projects: [
      { test: { ...inBrowser, name: 'e2e', include: ['test/e2e/*.test.ts'], exclude: [SPEED] } },
      { test: { ...inBrowser, name: 'speed', include: [SPEED], sequence: { groupOrder: 1 } } },
    ],
  },
})
