/** Reads what to make: a prompt from an argument, a file or stdin, or a batch of requests. */
import { readFileSync } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { OptionValues } from '@commander-js/extra-typings'
import type { GenerationRequest } from '../client/index.ts'
import { faultsOf } from '../contract/problem.ts'
import { generationRequest } from '../contract/input.ts'
import { jsonFault } from '../contract/json-fault.ts'
import { usageError } from './exit-codes.ts'
import { readInput } from './options.ts'
import type { Shell } from './shell.ts'

/** Far above any prompt: a longer text is from the wrong file. */
const MAX_PROMPT_CHARS = 60_000

export const readPrompt = async (shell: Shell, words: readonly string[], file?: string) => {
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
  return text(addAbortSignal(signal, stdin)).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}

export const readFile = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw usageError(`the file ${path} cannot be read`)
  }
}

/**
 * Reads a batch file, whose lines are JSON: a request, or only its prompt. Checks every line before
 * anything is paid for. `flags` are the defaults for each line.
 */
export const readBatch = async (path: string, flags: Readonly<OptionValues>, shell: Shell) => {
  const lines = (await readWhole(path, shell)).split(/\r?\n/)
  const requests = lines.flatMap((text, index) =>
    text.trim() === '' ? [] : [readLine(text, `${path}, line ${index + 1}`, flags)],
  )
  if (requests.length === 0) throw usageError(`${path} is empty`)
  return requests
}

const readLine = (text: string, where: string, flags: Readonly<OptionValues>) => {
  const wrong = (what: string) =>
    usageError(`${where}${what}`, 'A line is {"prompt": "…"}, or "…" alone.')
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    throw wrong(` is not valid JSON ${jsonFault(text).replace('line 1, ', '')}`)
  }
  const own = typeof line === 'string' ? { prompt: line } : line
  const { prompt: _none, ...defaults } = readInput('', flags)
  const merged =
    typeof own === 'object' && own !== null && !Array.isArray(own) ? { ...defaults, ...own } : own
  const read = generationRequest.safeParse(merged)
  if (read.success) return merged as GenerationRequest
  const faults = faultsOf(read.error).map(({ path, message }) => `${path || 'it'} ${message}`)
  throw wrong(`: ${faults.join('; ')}`)
}
