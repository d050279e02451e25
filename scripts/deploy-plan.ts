/** Which secrets a deployment still needs, and where each comes from. */
import { newKey, type Secrets } from './secrets.ts'

type SecretName = keyof Secrets
const NAMES: readonly SecretName[] = ['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY']

export interface DeployPlan {
  /** What is uploaded. What a deployment has already is never in it. */
  readonly secrets: Partial<Secrets>
  readonly kept: readonly SecretName[]
  readonly made: readonly SecretName[]
}

/**
 * Makes the keys that are missing. A SIGNING_KEY that changed unasked would break every
 * callback on its way, an ADMIN_KEY everyone who holds it, so those that exist stay.
 *
 * @param askFalKey called only where the deployment has none; undefined: none was given
 */
export const planSecrets = async (
  existing: readonly string[],
  askFalKey: () => Promise<string | undefined>,
): Promise<DeployPlan> => {
  const kept = NAMES.filter((name) => existing.includes(name))
  const missing = NAMES.filter((name) => !existing.includes(name))
  const made = missing.filter((name) => name !== 'FAL_KEY')
  const falKey = missing.includes('FAL_KEY') ? await askFalKey() : undefined
  const secrets = {
    ...(falKey === undefined ? {} : { FAL_KEY: falKey }),
    ...Object.fromEntries(made.map((name) => [name, newKey()] as const)),
  }
  return { secrets, kept, made }
}

/** The plan in words, without any secret. */
export const describePlan = ({ kept, made, secrets }: DeployPlan): string => {
  const hasFalKey = kept.includes('FAL_KEY') || secrets.FAL_KEY !== undefined
  return [
    ...(kept.length > 0 ? [`Kept as they are: ${kept.join(', ')}`] : []),
    ...(made.length > 0 ? [`Made now: ${made.join(', ')}`] : []),
    ...(secrets.FAL_KEY === undefined ? [] : ['Given: FAL_KEY']),
    ...(hasFalKey ? [] : ['Still needed: FAL_KEY (https://fal.ai/dashboard/keys)']),
  ].join('\n')
}
