/** A valid key, as it is stored, for tests that change one thing. */
import type { KeyRecord } from '../../src/domain/key.ts'

export const KEY: KeyRecord = {
  id: 'key_1',
  accountId: 'studio',
  name: 'a test',
  prefix: 'pika_studio_000000',
  hash: '00',
  scopes: ['generations:read'],
  dailyBudgetMicrousd: null,
  monthlyBudgetMicrousd: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
}
