/** Which secrets a deployment still needs, and where they come from. */
import { newKey, type Secrets } from './secrets.ts'

type SecretName = keyof Secrets
const NAMES: readonly SecretName[] = ['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY']

export interface DeployPlan {
  /** What to upload; never what the deployment already has. */
  readonly secrets: Partial<Secrets>
  readonly kept: readonly SecretName[]
  readonly made: readonly SecretName[]
}

/**
 * Makes the missing keys and keeps the others: replacing SIGNING_KEY would break every callback in
 * flight, and replacing ADMIN_KEY would lock out everyone who has it.
 *
 * @param askFalKey called only if the deployment has no key; undefined: none was given
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

/** The plan as text, without any secret. */
export const describePlan = ({ kept, made, secrets }: DeployPlan): string => {
  const hasFalKey = kept.includes('FAL_KEY') || secrets.FAL_KEY !== undefined
  return [
    ...(kept.length > 0 ? [`Kept as they are: ${kept.join(', ')}`] : []),
    ...(made.length > 0 ? [`Made now: ${made.join(', ')}`] : []),
    ...(secrets.FAL_KEY === undefined ? [] : ['Given: FAL_KEY']),
    ...(hasFalKey ? [] : ['Still needed: FAL_KEY (https://fal.ai/dashboard/keys)']),
  ].join('\n')
}
