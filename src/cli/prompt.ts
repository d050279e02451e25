/** Reads what to make: a prompt from an argument, a file or stdin, a schedule, or a batch. */
import { readFileSync } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { OptionValues } from '@commander-js/extra-typings'
import type { GenerationRequest } from '../client/index.ts'
import { faultsOf } from '../contract/faults.ts'
import { generationRequest } from '../contract/input.ts'
import { jsonFault } from '../contract/json-fault.ts'
import { scheduleInput, scheduleUpdate } from '../contract/schedule.ts'
import { usageError } from './exit-codes.ts'
import { fieldsOf } from './options.ts'
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

type ScheduleFlags = Readonly<OptionValues> & { readonly file?: string; readonly prompts?: string }

/** A schedule's prompts and settings. With `needsPrompt`, one that is not given comes from stdin. */
export const readSchedule = async (
  words: readonly string[],
  { file, prompts, ...flags }: ScheduleFlags,
  shell: Shell,
  needsPrompt = false,
) => {
  const isGiven = words.length > 0 || file !== undefined
  if (prompts !== undefined && isGiven) throw usageError('give one prompt or --prompts, not both')
  const readsPrompt = isGiven || (needsPrompt && prompts === undefined)
  const prompt = readsPrompt ? await readPrompt(shell, words, file) : undefined
  const lines = prompts === undefined ? undefined : readFile(prompts).split(/\r?\n/)
  const listed = lines?.map((line) => line.trim()).filter((line) => line !== '')
  return {
    ...fieldsOf(scheduleUpdate, { ...flags, prompts: listed }),
    input: fieldsOf(scheduleInput, { ...flags, prompt }),
  }
}

/** The whole file, or stdin if the path is `-`. */
const readWhole = async (path: string, { stdin, signal }: Shell): Promise<string> => {
  if (path !== '-') return readFile(path)
  return text(addAbortSignal(signal, stdin)).finally(() => signal.throwIfAborted())
}

const readFile = (path: string): string => {
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
  const isObject = typeof own === 'object' && own !== null && !Array.isArray(own)
  const merged = isObject ? { ...fieldsOf(generationRequest, flags), ...own } : own
  const read = generationRequest.safeParse(merged)
  if (read.success) return merged as GenerationRequest
  const faults = faultsOf(read.error).map(({ path, message }) => `${path || 'it'} ${message}`)
  throw wrong(`: ${faults.join('; ')}`)
}
