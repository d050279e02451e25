/** Asks on a terminal: for settings, and for consent to what costs much or cannot be undone. */
import type * as Prompts from '@clack/prompts'
import { PikaError, type SchedulePreviewRequest } from '../client/index.ts'
import { usd } from '../contract/words.ts'
import { CliError, EXIT, Interrupted, usageError } from './exit-codes.ts'
import { type Config, DEFAULT_URL, toUrl } from './settings.ts'
import type { Session } from './session.ts'
import type { Shell } from './shell.ts'

export const canAsk = ({ stdin, stderr }: Shell): boolean =>
  stdin.isTTY === true && stderr.isTTY === true

/** Loads the library only when there is a question. @throws {Interrupted} on Ctrl-C */
const answered = async <T>(
  { stdin, stderr }: Shell,
  ask: (clack: typeof Prompts, onTerminal: Prompts.CommonOptions) => Promise<T>,
): Promise<Exclude<T, symbol>> => {
  const clack = await import('@clack/prompts')
  // Questions go to stderr: stdout is for data.
  const answer = await ask(clack, { input: stdin, output: stderr })
  if (clack.isCancel(answer)) throw new Interrupted(130)
  return answer as Exclude<T, symbol>
}

/** Throws unless it is agreed to. */
export const confirm = async ({ shell }: Session, message: string, isAgreed?: true) => {
  if (isAgreed === true) return
  if (!canAsk(shell)) throw usageError(`${message} Use --yes to agree.`)
  const asked = { message, initialValue: false }
  if (await answered(shell, ({ confirm }, io) => confirm({ ...asked, ...io }))) return
  throw new CliError(EXIT.failed, 'nothing was changed')
}

/** US dollars in 30 days: more than a default video every two hours. */
const ASK_ABOVE_USD = 100
const DAYS = 30

/** @param sofarUsd what it costs now: the same or less needs no consent */
export const agreeToMonthly = async (
  session: Session,
  isAgreed: true | undefined,
  request: SchedulePreviewRequest,
  sofarUsd = 0,
): Promise<void> => {
  if (isAgreed === true || request.paused === true) return
  let costUsd: number
  try {
    const preview = await session.ask(session.api.schedules.preview.$post, { json: request })
    const mostUsd = DAYS * (request.daily_budget_usd ?? Infinity)
    costUsd = Math.min(preview.projected_monthly_usd, mostUsd)
  } catch (error) {
    if (!(error instanceof PikaError) || error.code !== 'missing_scope') throw error
    return confirm(session, 'This key cannot see what it will cost. Continue?')
  }
  if (costUsd <= Math.max(ASK_ABOVE_USD, sofarUsd)) return
  const limit = request.daily_budget_usd === undefined ? '; --daily-budget sets a limit' : ''
  await confirm(session, `It may cost ${usd(costUsd)} in ${DAYS} days${limit}. Continue?`)
}

export const askSetup = async (shell: Shell, before: Config): Promise<Config> => {
  const url = await answered(shell, ({ text }, io) =>
    text({
      message: 'Where is the gateway?',
      initialValue: before.url ?? DEFAULT_URL,
      validate: (value) => (toUrl(value ?? '') ? undefined : `It must look like ${DEFAULT_URL}.`),
      ...io,
    }),
  )
  return { ...before, url: toUrl(url) ?? url, key: await askSecret(shell, 'Your key', before.key) }
}

/** @param before the current secret, kept if the user types nothing; never shown */
export const askSecret = async (shell: Shell, message: string, before = ''): Promise<string> => {
  const secret = await answered(shell, ({ password }, io) =>
    password({
      message: before === '' ? message : `${message} (Enter keeps the one you have)`,
      validate: (value) => (value || before ? undefined : 'It must not be empty.'),
      ...io,
    }),
  )
  return secret.trim() || before
}
