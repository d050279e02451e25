/** What `schedule create` and `preview` have in common: when, and which prompts. */
import { readFileSync } from 'node:fs'
import { Option } from '@commander-js/extra-typings'
import { PLACEHOLDERS } from '../contract/schedule.ts'
import { usageError } from './cli-error.ts'
import { time } from './date-options.ts'
import { type ModelFlags, readInput } from './model-options.ts'
import { readPrompt } from './prompt.ts'
import type { Shell } from './shell.ts'

export const cronOption = () =>
  new Option('--cron <expression>', "when, such as '0 9 * * 1-5' or @daily").makeOptionMandatory()
export const timezoneOption = () =>
  new Option('--timezone <zone>', 'whose clocks, such as Europe/Paris (default: UTC)')
export const promptsOption = () =>
  new Option('--prompts <path>', 'a file with a prompt a line, taken in turn')
export const fileOption = () => new Option('-f, --file <path>', 'read the prompt from a file')
export const startsOption = () =>
  new Option('--starts <time>', 'nothing runs before it').argParser(time)
export const endsOption = () =>
  new Option('--ends <time>', 'nothing runs from then on').argParser(time)

export const PROMPT_HELP = `
A prompt may have ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')} for each run to fill in.
`
interface TimeFlags extends ModelFlags {
  readonly cron: string
  readonly timezone?: string | undefined
  readonly file?: string | undefined
  readonly prompts?: string | undefined
  readonly starts?: string | undefined
  readonly ends?: string | undefined
}

/** The fields of the body that both have. */
export const readTimes = async (given: string | undefined, flags: TimeFlags, shell: Shell) => {
  const { cron, timezone, file, prompts, starts, ends } = flags
  const lines = prompts === undefined ? undefined : readLines(prompts)
  if (lines !== undefined && (given !== undefined || file !== undefined)) {
    throw usageError('give one prompt, or --prompts, not both')
  }
  // Not read where there are prompts to be taken in turn.
  const text = lines === undefined ? await readPrompt(given, file, shell) : ''
  const { metadata, prompt, ...others } = readInput(text, flags)
  return {
    cron,
    input: lines === undefined ? { ...others, prompt } : others,
    ...(lines === undefined ? {} : { prompts: lines }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(starts === undefined ? {} : { starts_at: starts }),
    ...(ends === undefined ? {} : { ends_at: ends }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

const readLines = (path: string): string[] => {
  try {
    const lines = readFileSync(path, 'utf8').split(/\r?\n/)
    return lines.map((line) => line.trim()).filter((line) => line !== '')
  } catch {
    throw usageError(`the file ${path} cannot be read`)
  }
}
