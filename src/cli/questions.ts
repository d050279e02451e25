/** Asks on a terminal: for settings, and for consent to what costs much or cannot be undone. */
import { CliError, EXIT, usageError } from './exit-codes.ts'
import { type Config, DEFAULT_URL, toUrl } from './settings.ts'
import { Interrupted } from './interrupt.ts'
import type { Session } from './session.ts'
import type { Shell } from './shell.ts'

export const canAsk = ({ stdin, stderr }: Shell): boolean =>
  stdin.isTTY === true && stderr.isTTY === true

/** Questions go to stderr: stdout is for data. */
const onTerminal = ({ stdin, stderr }: Shell) => ({ input: stdin, output: stderr })

export const confirm = async (
  { shell }: Session,
  question: string,
  isAgreed: true | undefined,
): Promise<void> => {
  if (isAgreed === true) return
  if (!canAsk(shell)) throw usageError(`${question} Use --yes to agree.`)
  const clack = await import('@clack/prompts')
  const asked = { message: question, initialValue: false, ...onTerminal(shell) }
  const answer = await clack.confirm(asked)
  if (clack.isCancel(answer)) throw new Interrupted(130)
  if (!answer) throw new CliError(EXIT.failed, 'nothing was changed')
}

export const askSetup = async (shell: Shell, before: Config): Promise<Config> => {
  const clack = await import('@clack/prompts')
  const url = await clack.text({
    message: 'Where is the gateway?',
    initialValue: before.url ?? DEFAULT_URL,
    validate: (value) =>
      toUrl(value ?? '') === undefined ? `It must look like ${DEFAULT_URL}.` : undefined,
    ...onTerminal(shell),
  })
  if (clack.isCancel(url)) throw new Interrupted(130)
  const key = await askSecret(shell, 'Your key', before.key)
  return {
    url: toUrl(url) ?? url,
    key,
    ...(before.account === undefined ? {} : { account: before.account }),
  }
}

/** @param before the current secret, kept if the user types nothing; never shown */
export const askSecret = async (shell: Shell, message: string, before = ''): Promise<string> => {
  const clack = await import('@clack/prompts')
  const secret = await clack.password({
    message: before === '' ? message : `${message} (Enter keeps the one you have)`,
    validate: (value) => (value || before ? undefined : 'It must not be empty.'),
    ...onTerminal(shell),
  })
  if (clack.isCancel(secret)) throw new Interrupted(130)
  return secret.trim() || before
}
