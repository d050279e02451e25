/** What `schedules create`, `update` and `preview` have in common: when, and which prompts. */
import { readFileSync } from 'node:fs'
import { Option } from '@commander-js/extra-typings'
import { CATCH_UPS, PLACEHOLDERS } from '../contract/schedule.ts'
import { usageError } from './cli-error.ts'
import { time } from './date-options.ts'
import { dollarsOrNone, type ModelFlags, orNull, readInput } from './model-options.ts'
import { readPrompt } from './prompt.ts'
import type { Shell } from './shell.ts'

export const cronOption = () =>
  new Option(
    '--cron <expression>',
    "when: minute, hour (0 to 23), day, month, weekday, such as '0 9 * * 1-5', or @daily",
  )
export const timezoneOption = () =>
  new Option('--timezone <zone>', 'whose clocks, such as Europe/Paris (default: UTC)')
export const promptsOption = () =>
  new Option('--prompts <path>', 'a file with a prompt a line, taken in turn')
export const fileOption = () => new Option('-f, --file <path>', 'read the prompt from a file')
export const startsOption = () =>
  new Option('--starts <time|none>', 'nothing runs before it').argParser((text) =>
    text === 'none' ? text : time(text),
  )
export const endsOption = () =>
  new Option('--ends <time|none>', 'nothing runs from then on').argParser((text) =>
    text === 'none' ? text : time(text),
  )

export const catchUpOption = () =>
  new Option('--catch-up <which>', 'what of missed times is made up for (default: skip)').choices(
    CATCH_UPS,
  )
export const budgetOption = () =>
  new Option('--daily-budget <usd|none>', 'what its runs of a day may cost').argParser(
    dollarsOrNone,
  )
export const yesOption = () => new Option('-y, --yes', 'do not ask, whatever it costs')

export const PROMPT_HELP = `
A prompt may have ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')} for each run to fill in.
`
interface ScheduleFlags extends ModelFlags {
  readonly cron?: string | undefined
  readonly timezone?: string | undefined
  readonly file?: string | undefined
  readonly prompts?: string | undefined
  readonly starts?: string | undefined
  readonly ends?: string | undefined
}

/**
 * What was given of a schedule's fields, and nothing else.
 *
 * @param needsPrompt a prompt that is not given is read from stdin
 */
export const readSchedule = async (
  words: readonly string[],
  flags: ScheduleFlags,
  shell: Shell,
  needsPrompt: boolean,
) => {
  const { timezone, file, prompts, starts, ends } = flags
  const isGiven = words.length > 0 || file !== undefined
  if (prompts !== undefined && isGiven) {
    throw usageError('give one prompt, or --prompts, not both')
  }
  const readsPrompt = isGiven || (needsPrompt && prompts === undefined)
  const text = readsPrompt ? await readPrompt(words, file, shell) : ''
  const { metadata, prompt, ...others } = readInput(text, flags)
  return {
    input: readsPrompt ? { ...others, prompt } : others,
    ...(prompts === undefined ? {} : { prompts: readLines(prompts) }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(starts === undefined ? {} : { starts_at: orNull(starts) }),
    ...(ends === undefined ? {} : { ends_at: orNull(ends) }),
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
