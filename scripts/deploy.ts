/** `npm run deploy`: asks for what is missing, deploys, and checks that the gateway answers. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from '@commander-js/extra-typings'
import { askHidden } from './ask.ts'
import { archiveConfig } from './archive-config.ts'
import { explainUpload, logIn, readDeployed, requireR2 } from './deploy-account.ts'
import { checkDeployment, type CheckWorld } from './deploy-check.ts'
import { type DeployPlan, describePlan, planSecrets } from './deploy-plan.ts'
import { runScript } from './interrupt.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { reportOf, type WranglerReport } from './wrangler-report.ts'

const options = new Command('npm run deploy --')
  .description(
    'Needs a Cloudflare account (wrangler login, or CLOUDFLARE_API_TOKEN) and a fal key\n' +
      '(FAL_KEY in the environment, or typed in).',
  )
  .option('--archive', 'keep videos in an R2 bucket from now on; the account needs R2')
  .option('--no-archive', 'stop keeping them; the bucket stays as it is')
  .option('--var <name:value...>', 'set variables of the gateway, such as ACCEPT:off')
  .option('--dry-run', 'needs no account and no key, and uploads nothing')

const say = (text: string): unknown => process.stdout.write(`${text}\n`)

export const deploy = async (world: CheckWorld, signal: AbortSignal): Promise<void> => {
  const { archive, dryRun: isDry, var: settings = [] } = options.parse().opts()
  if (isDry) return dryRun(archive ?? false, signal)
  await logIn(signal)
  const existing = await readDeployed()
  signal.throwIfAborted()
  const plan = await planSecrets(existing ?? [], () => askFalKey(signal))
  const isKept = archive ?? existing?.includes('VIDEOS') ?? false
  if (isKept) await requireR2()
  say(describePlan(plan))
  say(`Videos: ${isKept ? 'kept in R2' : 'only at fal, for about a week (--archive keeps them)'}`)
  if (existing !== undefined) say('Variables set in the dashboard stay, whatever wrangler says.')
  // Before the upload: a deployment that fails halfway may already have stored the key.
  if (plan.secrets.ADMIN_KEY !== undefined) {
    say(`\nADMIN_KEY, shown only once and not stored here:\n\n  ${plan.secrets.ADMIN_KEY}\n`)
  }
  const vars = settings.map((each) => `--var=${each}`)
  const { failure, targets } = await upload(plan, isKept, signal, ...vars)
  if (failure !== undefined) {
    const isThere = existing !== undefined || (await readDeployed().catch(() => [])) !== undefined
    throw new Error(explainUpload(failure, isThere))
  }
  if (targets === undefined) throw new Error('nothing was deployed')
  const url = targets.find((target) => target.startsWith('https://'))?.replace(/\/$/, '')
  if (url === undefined) return void say('Deployed. wrangler reported no URL to check.')
  // Only its operator knows the admin key of an earlier deployment.
  const question = 'of this gateway, to check it (Enter: skip)'
  const adminKey = plan.secrets.ADMIN_KEY ?? (await askKey('ADMIN_KEY', question, signal))
  say(`Deployed. Waiting for ${url}, up to ten minutes`)
  const onUnanswered = (seen: string) => say(`  not yet: ${seen}`)
  const webhooks = await checkDeployment({ url, adminKey, signal, onUnanswered }, world)
  if (webhooks === undefined) return void say(notYet(url))
  say(`It answers. fal's webhooks are ${webhooks}.\n\n${exampleCall(url)}`)
}

/** Needs no account and asks nobody, so it does what a first deployment does. */
const dryRun = async (archives: boolean, signal: AbortSignal): Promise<void> => {
  const plan = await planSecrets([], async () => process.env['FAL_KEY'] || undefined)
  say(describePlan(plan))
  const { failure } = await upload(plan, archives, signal, '--dry-run')
  if (failure !== undefined) throw new Error(failure.message)
  say('Dry run: the bundle builds. Nothing was uploaded and no key was stored.')
}

/** Uploads code and secrets. The file of secrets is deleted afterwards. */
const upload = async (
  { secrets }: DeployPlan,
  archives: boolean,
  signal: AbortSignal,
  ...flags: readonly string[]
): Promise<WranglerReport> => {
  using folder = temporaryFolder()
  const secretsPath = join(folder.path, 'secrets.json')
  // As JSON: in the other format wrangler would replace `$NAME` by a variable of the environment.
  writeFileSync(secretsPath, JSON.stringify(secrets), { mode: 0o600 })
  const config = archives ? ['--config', archiveConfig()] : []
  // On a terminal, wrangler asks what it needs, such as a name for a new account.
  const report = await reportOf(
    ['deploy', '--secrets-file', secretsPath, ...config, ...flags],
    'inherit',
  )
  signal.throwIfAborted()
  return report
}

/** A key from the environment, or typed in; empty if there is none. */
const askKey = async (name: string, question: string, signal: AbortSignal): Promise<string> => {
  const given = process.env[name] ?? ''
  return given === '' && process.stdin.isTTY ? askHidden(`${name} ${question}`, signal) : given
}

const askFalKey = async (signal: AbortSignal): Promise<string> => {
  const key = await askKey('FAL_KEY', '(https://fal.ai/dashboard/keys)', signal)
  if (key === '') throw new Error('set FAL_KEY to a fal key (https://fal.ai/dashboard/keys)')
  return key
}

const notYet = (url: string): string => `It is deployed, but does not answer yet.
A new workers.dev name may take longer to resolve everywhere. Later, this call checks it
and gives the gateway its origin, which fal's webhooks need:

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
