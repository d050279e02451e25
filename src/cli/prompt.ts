/** Reads the prompt from an argument, a file or stdin. */
import { readFileSync } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import { usageError } from './exit-codes.ts'
import type { Shell } from './shell.ts'

/** Far above any prompt: a longer text is from the wrong file. */
const MAX_PROMPT_CHARS = 60_000

export const readPrompt = async (
  words: readonly string[],
  file: string | undefined,
  shell: Shell,
): Promise<string> => {
  if (words.length > 1) {
    const quoted = words.join(' ').replaceAll("'", `'\\''`)
    throw usageError('a prompt of several words needs quotes', `Quote it: '${quoted}'`)
  }
  const [given] = words
  if (given !== undefined && file !== undefined) {
    throw usageError('give the prompt once: as an argument or with --file')
  }
  if (given === undefined && file === undefined && shell.stdin.isTTY === true) {
    throw usageError(
      'there is no prompt',
      "For example: pika-edge generate 'Sunlight on a slow river'",
      'or from a file: pika-edge generate --file prompt.txt',
    )
  }
  const isText = given !== undefined && given !== '-'
  const prompt = (isText ? given : await readWhole(file ?? '-', shell)).trim()
  if (prompt === '') throw usageError('the prompt is empty')
  if (prompt.length > MAX_PROMPT_CHARS) throw usageError('the prompt is far too long')
  return prompt
}

/** The whole file, or stdin if the path is `-`. */
export const readWhole = async (path: string, { stdin, signal }: Shell): Promise<string> => {
  if (path !== '-') return readFile(path)
  try {
    return await text(addAbortSignal(signal, stdin))
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

export const readFile = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw usageError(`the file ${path} cannot be read`)
  }
}
