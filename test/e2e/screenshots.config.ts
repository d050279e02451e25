import { defineConfig } from 'vitest/config'
import e2e, { inBrowser } from './vitest.config.ts'

/**
 * `npm run screenshots`: a picture of every view and state, light, dark and on a phone, and
 * the README's picture, docs/playground.png.
 */
export default defineConfig({
  ...e2e,
  test: {
    ...e2e.test,
    projects: [
      {
        test: {
          ...inBrowser,
          name: 'screenshots',
          include: ['test/e2e/looks.test.ts'],
          env: { SCREENSHOTS: 'screenshots' },
        },
      },
    ],
  },
})
