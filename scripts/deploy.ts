/** `npm run deploy`: asks for what is missing, deploys, and sees that it answers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { askHidden } from './ask.ts'
import { checkDeployment } from './deploy-check.ts'
import { type DeployPlan, planSecrets, readSecretList } from './deploy-plan.ts'
import { runScript } from './interrupt.ts'
import { writeSecretsFile } from './secrets.ts'
import { runWrangler, startWrangler, waitForExit } from './wrangler.ts'

const HELP = `npm run deploy -- [--dry-run]

Needs an account at Cloudflare (wrangler login, or CLOUDFLARE_API_TOKEN) and a key of
fal (asked for, or FAL_KEY in the environment). --dry-run needs neither and uploads nothing.
`

const say = (text: string): unknown => process.stdout.write(`${text}\n`)

const deploy = async (signal: AbortSignal): Promise<void> => {
  const { values } = parseArgs({
    options: {
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void say(HELP)
  const isDry = values['dry-run']
  if (!isDry) await requireAccount(signal)
  // A dry run asks no account, so it does what a first deployment does.
  const existing = isDry
    ? []
    : readSecretList(await runWrangler(['secret', 'list', '--format', 'json']))
  signal.throwIfAborted()
  const plan = await planSecrets(existing, () => askFalKey(isDry, signal))
  describePlan(plan)

  // Before the upload: a deployment that fails half-way may have taken the key already.
  if (plan.secrets.ADMIN_KEY !== undefined && !isDry) {
    say(`\nADMIN_KEY, shown this once and stored nowhere here:\n\n  ${plan.secrets.ADMIN_KEY}\n`)
  }
  const url = await upload(plan, isDry, signal)
  if (isDry) return void say('Dry run: the bundle builds, nothing was uploaded, no key was kept.')
  if (url === undefined) return void say('Deployed. wrangler named no address to check.')
  const adminKey = plan.secrets.ADMIN_KEY ?? (await askAdminKey(signal))
  say(`Waiting for ${url}`)
  const webhooks = await checkDeployment({ url, adminKey, signal })
  say(`It answers. fal's webhooks are ${webhooks}.\n\n${exampleCall(url)}`)
}

const requireAccount = async (signal: AbortSignal): Promise<void> => {
  const isLoggedIn = async () => (await runWrangler(['whoami', '--json'])).exitCode === 0
  if (await isLoggedIn()) return
  if (!process.stdin.isTTY) throw new Error('set CLOUDFLARE_API_TOKEN, or run `npx wrangler login`')
  signal.throwIfAborted()
  await waitForExit(startWrangler(['login'], { stdio: 'inherit' }))
  if (!(await isLoggedIn())) throw new Error('wrangler is not logged in')
}

const askFalKey = async (isDry: boolean, signal: AbortSignal): Promise<string> => {
  const given = process.env['FAL_KEY'] ?? ''
  if (given !== '') return given
  if (!process.stdin.isTTY) {
    if (isDry) return 'dry-run'
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

const describePlan = ({ kept, made, secrets }: DeployPlan): void => {
  if (kept.length > 0) say(`Kept as they are: ${kept.join(', ')}`)
  if (made.length > 0) say(`Made now: ${made.join(', ')}`)
  if (secrets.FAL_KEY !== undefined) say('Given: FAL_KEY')
}

/** Uploads code and secrets, and gives the address. The file of secrets lives no longer than this. */
const upload = async (
  { secrets }: DeployPlan,
  isDry: boolean,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-deploy-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  // Whatever ends this process, the secrets do not outlive it.
  process.once('exit', remove)
  try {
    const secretsPath = join(folder, 'secrets.json')
    const reportPath = join(folder, 'report.ndjson')
    writeSecretsFile(secretsPath, secrets)
    const flags = isDry ? ['--dry-run', '--outdir', join(folder, 'bundle')] : []
    const child = startWrangler(['deploy', '--secrets-file', secretsPath, ...flags], {
      stdio: 'inherit',
      env: { WRANGLER_OUTPUT_FILE_PATH: reportPath },
    })
    const exitCode = await waitForExit(child)
    signal.throwIfAborted()
    if (exitCode !== 0) throw new Error(`wrangler deploy ended with ${exitCode}`)
    return isDry ? undefined : addressIn(readFileSync(reportPath, 'utf8'))
  } finally {
    remove()
    process.off('exit', remove)
  }
}

/** wrangler reports what it did, one JSON object a line. */
const addressIn = (report: string): string | undefined => {
  for (const line of report.trim().split('\n')) {
    const entry: { type?: string; targets?: string[] } = JSON.parse(line)
    const address = entry.targets?.find((target) => target.startsWith('https://'))
    if (entry.type === 'deploy' && address !== undefined) return address.replace(/\/$/, '')
  }
  return undefined
}

const exampleCall = (url: string): string => `curl ${url}/v1/generations \\
  -H "Authorization: Bearer $ADMIN_KEY" \\
  -H 'Content-Type: application/json' \\
  -H 'Prefer: wait=60' \\
  -d '{"prompt": "Sunlight on a slow river"}'`

await runScript(deploy)
