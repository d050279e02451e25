/** Questions on the terminal, on stderr: stdout may be only for data. */
import { confirm, isCancel, password } from '@clack/prompts'
import { Interrupted } from '../src/cli/exit-codes.ts'

const output = process.stderr

const answered = <T>(answer: T, signal: AbortSignal): Exclude<T, symbol> => {
  signal.throwIfAborted()
  if (isCancel(answer)) throw new Interrupted(130)
  return answer as Exclude<T, symbol>
}

export const isAgreedTo = async (message: string, signal: AbortSignal): Promise<boolean> =>
  answered(await confirm({ message, initialValue: false, signal, output }), signal)

/** Does not show what is typed. */
export const askHidden = async (message: string, signal: AbortSignal): Promise<string> =>
  answered(await password({ message, signal, output }), signal).trim()
