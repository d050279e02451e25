/** `npm run deploy`: asks for what is missing, deploys, and sees that it answers. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { askHidden } from './ask.ts'
import { archiveConfig } from './archive-config.ts'
import { explainUpload, lookForWorker, readDeployed, requireR2 } from './deploy-account.ts'
import { checkDeployment, type CheckWorld } from './deploy-check.ts'
import { type DeployPlan, describePlan, planSecrets } from './deploy-plan.ts'
import { runScript } from './interrupt.ts'
import { writeSecretsFile } from './secrets.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { reportOf, type WranglerReport } from './wrangler-report.ts'

const HELP = `npm run deploy -- [--archive | --no-archive] [--dry-run]

Needs an account at Cloudflare (wrangler login, or CLOUDFLARE_API_TOKEN) and a key of
fal (asked for, or FAL_KEY in the environment). --dry-run needs neither and uploads nothing.

--archive keeps videos in an R2 bucket, for longer than the week for which fal does; the account
must have R2. A later deployment keeps the archive, until one says --no-archive: that leaves the
bucket as it is.
`

const say = (text: string): unknown => process.stdout.write(`${text}\n`)

export const deploy = async (world: CheckWorld, signal: AbortSignal): Promise<void> => {
  const { values } = parseArgs({
    options: {
      archive: { type: 'boolean' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  })
  if (values.help) return void say(HELP)
  const archives = values.archive ?? false
  if (values['dry-run']) return dryRun(archives, signal)
  const existing = await readDeployed(signal)
  signal.throwIfAborted()
  const plan = await planSecrets(existing?.secrets ?? [], () => askFalKey(signal))
  const isKept = values.archive ?? existing?.hasArchive ?? false
  if (isKept) await requireR2()
  say(describePlan(plan))
  say(`Videos: ${isKept ? 'kept in R2' : 'at fal alone, for about a week (--archive keeps them)'}`)
  if (existing !== undefined) say('Variables set in the dashboard stay, whatever wrangler says.')
  // Before the upload: a deployment that fails half-way may have taken the key already.
  if (plan.secrets.ADMIN_KEY !== undefined) {
    say(`\nADMIN_KEY, shown this once and stored nowhere here:\n\n  ${plan.secrets.ADMIN_KEY}\n`)
  }
  const { failure, targets } = await upload(
    plan,
    isKept ? ['--config', archiveConfig()] : [],
    signal,
  )
  if (failure !== undefined) {
    const isAnythingDeployed = existing !== undefined || (await lookForWorker()) !== false
    throw new Error(explainUpload(failure, isAnythingDeployed))
  }
  if (targets === undefined) throw new Error('nothing was deployed')
  const url = targets.find((target) => target.startsWith('https://'))?.replace(/\/$/, '')
  if (url === undefined) return void say('Deployed. wrangler named no address to check.')
  const adminKey = plan.secrets.ADMIN_KEY ?? (await askAdminKey(signal))
  say(`Deployed. Waiting for ${url}, up to ten minutes`)
  const onUnanswered = (seen: string) => say(`  not yet: ${seen}`)
  const webhooks = await checkDeployment({ url, adminKey, signal, onUnanswered }, world)
  if (webhooks === undefined) return void say(notYet(url))
  say(`It answers. fal's webhooks are ${webhooks}.\n\n${exampleCall(url)}`)
}

/** Asks no account and no person, so it does what a first deployment does. */
const dryRun = async (archives: boolean, signal: AbortSignal): Promise<void> => {
  const plan = await planSecrets([], async () => process.env['FAL_KEY'] || undefined)
  say(describePlan(plan))
  const config = archives ? ['--config', archiveConfig()] : []
  const { failure } = await upload(plan, [...config, '--dry-run'], signal)
  if (failure !== undefined) throw new Error(failure.message)
  say('Dry run: the bundle builds, nothing was uploaded, no key was kept.')
}

/** Uploads code and secrets. The file of secrets lives no longer than this. */
const upload = async (
  { secrets }: DeployPlan,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<WranglerReport> => {
  using folder = temporaryFolder()
  const secretsPath = join(folder.path, 'secrets.json')
  writeSecretsFile(secretsPath, secrets)
  // On a terminal wrangler asks what it must know, such as a name for a new account.
  const report = await reportOf(['deploy', '--secrets-file', secretsPath, ...flags], 'inherit')
  signal.throwIfAborted()
  return report
}

const askFalKey = async (signal: AbortSignal): Promise<string> => {
  const given = process.env['FAL_KEY'] ?? ''
  if (given !== '') return given
  if (!process.stdin.isTTY) {
    throw new Error('set FAL_KEY to a key of fal (https://fal.ai/dashboard/keys)')
  }
  const typed = await askHidden('FAL_KEY (https://fal.ai/dashboard/keys): ', signal)
  if (typed === '') throw new Error('without a key of fal there is nothing to deploy')
  return typed
}

/** The admin key of an earlier deployment is known to its operator alone. */
const askAdminKey = async (signal: AbortSignal): Promise<string | undefined> => {
  const given = process.env['ADMIN_KEY'] ?? ''
  if (given !== '') return given
  if (!process.stdin.isTTY) return undefined
  const typed = await askHidden('ADMIN_KEY of this gateway, to check it (Enter: skip): ', signal)
  return typed === '' ? undefined : typed
}

const notYet = (url: string): string => `It is deployed, and does not answer yet.
A new workers.dev name may take longer to be known everywhere. Later, this makes sure of it
and tells the gateway its address, which fal's webhooks need:

curl ${url}/v1/models -H "Authorization: Bearer $ADMIN_KEY"`

const exampleCall = (url: string): string => `curl ${url}/v1/generations \\
  -H "Authorization: Bearer $ADMIN_KEY" \\
  -H 'Content-Type: application/json' \\
  -H 'Prefer: wait=60' \\
  -d '{"prompt": "Sunlight on a slow river"}'`

if (import.meta.main) {
  await runScript((signal) => {
    const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined)
    return deploy({ fetch: (url, init) => fetch(url, init), nowMs: () => Date.now(), wait }, signal)
  })
}
