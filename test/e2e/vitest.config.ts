import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What hangs is given up after this long: a slow machine that is busy needs its time. */
const HANGS_MS = 120_000

/** Measures times, which whatever runs beside it would lengthen. */
const SPEED = 'test/e2e/speed.test.ts'

export const inBrowser = {
  // One browser draws for all files: more than two at a time make each slower, not all faster.
  maxWorkers: 2,
  isolate: false,
  testTimeout: HANGS_MS,
  hookTimeout: 5 * HANGS_MS,
  expect: { poll: { timeout: HANGS_MS / 2 } },
}

/** `npm run test:e2e`: people's ways through the page, in one browser, on one gateway. */
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
