/** Asks before what cannot be undone; never when nobody can answer. */
import type { Readable, Writable } from 'node:stream'
import { CliError, usageError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import { Interrupted } from './interrupt.ts'
import type { Session } from './session.ts'
import type { Shell } from './shell.ts'

/** Whether somebody sits there who can be asked. */
export const canAsk = ({ stdin, stderr }: Shell): boolean =>
  stdin.isTTY === true && stderr.isTTY === true

/** Questions go to stderr, since stdout is for data. */
export const onTerminal = ({
  stdin,
  stderr,
}: Shell): { readonly input: Readable; readonly output: Writable } => ({
  input: stdin,
  output: stderr,
})

/** Returns if it was agreed to; throws otherwise. */
export const confirm = async (
  { shell }: Session,
  question: string,
  isAgreed: true | undefined,
): Promise<void> => {
  if (isAgreed === true) return
  if (!canAsk(shell)) throw usageError(`${question} Use --yes to agree.`)
  const clack = await import('@clack/prompts')
  const answer = await clack.confirm({
    message: question,
    initialValue: false,
    ...onTerminal(shell),
  })
  if (clack.isCancel(answer)) throw new Interrupted(130)
  if (!answer) throw new CliError(EXIT.failed, 'nothing was changed')
}
