import { describe, expect, test } from 'vitest'
import { describePlan, planSecrets } from '../../scripts/deploy-plan.ts'

const askFalKey = async () => 'id:secret'
const neverAsked = async () => {
  throw new Error('there is a key already')
}

describe('the secrets of a deployment', () => {
  test('are all made for the first one', async () => {
    const plan = await planSecrets([], askFalKey)
    expect(plan).toMatchObject({ kept: [], made: ['ADMIN_KEY', 'SIGNING_KEY'] })
    expect(plan.secrets.FAL_KEY).toBe('id:secret')
    expect(plan.secrets.ADMIN_KEY).toMatch(/^[\w-]{43}$/)
    expect(plan.secrets.SIGNING_KEY).toMatch(/^[\w-]{43}$/)
    expect(plan.secrets.ADMIN_KEY).not.toBe(plan.secrets.SIGNING_KEY)
  })

  test('stay as they are in a later one, which makes only what is missing', async () => {
    const kept = ['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY']
    const plan = await planSecrets(kept.toReversed(), neverAsked)
    expect(plan).toEqual({ secrets: {}, kept, made: [] })
    const { secrets } = await planSecrets(['FAL_KEY', 'SIGNING_KEY'], neverAsked)
    expect(Object.keys(secrets)).toEqual(['ADMIN_KEY'])
  })

  test('are not said to be given when they were not', async () => {
    const plan = await planSecrets([], async () => undefined)
    expect(describePlan(plan)).toBe(
      'Made now: ADMIN_KEY, SIGNING_KEY\nStill needed: FAL_KEY (https://fal.ai/dashboard/keys)',
    )
    expect(Object.keys(plan.secrets)).not.toContain('FAL_KEY')
  })
})
