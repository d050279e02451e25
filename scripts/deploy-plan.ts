/** Which secrets a deployment still needs, and where each comes from. */
import { newKey, type Secrets } from './secrets.ts'
import type { WranglerResult } from './wrangler.ts'

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
 * @param askFalKey called only where the deployment has none
 */
export const planSecrets = async (
  existing: readonly string[],
  askFalKey: () => Promise<string>,
): Promise<DeployPlan> => {
  const kept = NAMES.filter((name) => existing.includes(name))
  const missing = NAMES.filter((name) => !existing.includes(name))
  const made = missing.filter((name) => name !== 'FAL_KEY')
  const entries = made.map((name) => [name, newKey()] as const)
  const falKey = missing.includes('FAL_KEY') ? { FAL_KEY: await askFalKey() } : {}
  return { secrets: { ...falKey, ...Object.fromEntries(entries) }, kept, made }
}

/** The names in the answer of `wrangler secret list`; none where there is no Worker yet. */
export const readSecretList = ({ exitCode, stdout, stderr }: WranglerResult): string[] => {
  if (exitCode === 0) {
    const list: { name: string }[] = JSON.parse(stdout)
    return list.map(({ name }) => name)
  }
  // 10007: the Worker does not exist. Any other failure says nothing of what exists.
  const words = `${stdout}\n${stderr}`.trim()
  if (words.includes('code: 10007')) return []
  throw new Error(`the deployed secrets could not be listed:\n${words}`)
}
