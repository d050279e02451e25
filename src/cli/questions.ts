/** Asks on a terminal: for settings, and for consent to what costs much or cannot be undone. */
import type * as Prompts from '@clack/prompts'
import { CliError, EXIT, usageError } from './exit-codes.ts'
import { type Config, DEFAULT_URL, toUrl } from './settings.ts'
import { Interrupted } from './interrupt.ts'
import type { Session } from './session.ts'
import type { Shell } from './shell.ts'

export const canAsk = ({ stdin, stderr }: Shell): boolean =>
  stdin.isTTY === true && stderr.isTTY === true

/** Questions go to stderr: stdout is for data. */
const onTerminal = ({ stdin, stderr }: Shell) => ({ input: stdin, output: stderr })

/** Loads the library only when there is a question. @throws {Interrupted} on Ctrl-C */
const answered = async <T>(
  ask: (clack: typeof Prompts) => Promise<T>,
): Promise<Exclude<T, symbol>> => {
  const clack = await import('@clack/prompts')
  const answer = await ask(clack)
  if (clack.isCancel(answer)) throw new Interrupted(130)
  return answer as Exclude<T, symbol>
}

export const confirm = async (
  { shell }: Session,
  question: string,
  isAgreed: true | undefined,
): Promise<void> => {
  if (isAgreed === true) return
  if (!canAsk(shell)) throw usageError(`${question} Use --yes to agree.`)
  const asked = { message: question, initialValue: false, ...onTerminal(shell) }
  if (await answered(({ confirm }) => confirm(asked))) return
  throw new CliError(EXIT.failed, 'nothing was changed')
}

export const askSetup = async (shell: Shell, before: Config): Promise<Config> => {
  const url = await answered(({ text }) =>
    text({
      message: 'Where is the gateway?',
      initialValue: before.url ?? DEFAULT_URL,
      validate: (value) => (toUrl(value ?? '') ? undefined : `It must look like ${DEFAULT_URL}.`),
      ...onTerminal(shell),
    }),
  )
  return { ...before, url: toUrl(url) ?? url, key: await askSecret(shell, 'Your key', before.key) }
}

/** @param before the current secret, kept if the user types nothing; never shown */
export const askSecret = async (shell: Shell, message: string, before = ''): Promise<string> => {
  const secret = await answered(({ password }) =>
    password({
      message: before === '' ? message : `${message} (Enter keeps the one you have)`,
      validate: (value) => (value || before ? undefined : 'It must not be empty.'),
      ...onTerminal(shell),
    }),
  )
  return secret.trim() || before
}
