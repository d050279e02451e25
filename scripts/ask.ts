/** Questions on the terminal. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

export const ask = async (question: string, signal: AbortSignal): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await answerOf(lines, question, signal)
  } finally {
    lines.close()
  }
}

/** Does not show what is typed. */
export const askHidden = async (question: string, signal: AbortSignal): Promise<string> => {
  process.stdout.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return (await answerOf(lines, '', signal)).trim()
  } finally {
    lines.close()
    process.stdout.write('\n')
  }
}

/** On a terminal in raw mode, Ctrl-C arrives as a key, not as a signal. */
const answerOf = async (
  lines: ReturnType<typeof createInterface>,
  question: string,
  signal: AbortSignal,
): Promise<string> => {
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  return lines.question(question, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}
