/** What `schedules create`, `update` and `preview` send, from their flags. */
import { readFileSync } from 'node:fs'
import { PLACEHOLDERS } from '../contract/schedule.ts'
import { usageError } from './cli-error.ts'
import { given, type InputFlags, orNull, readInput } from './options.ts'
import { readPrompt } from './prompt.ts'
import type { Shell } from './shell.ts'

export const PROMPT_HELP = `
Each run fills in ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')} in the prompt.
`

interface ScheduleFlags extends InputFlags {
  readonly timezone?: string | undefined
  readonly file?: string | undefined
  readonly prompts?: string | undefined
  readonly starts?: string | undefined
  readonly ends?: string | undefined
  readonly catchUp?: 'skip' | 'latest' | undefined
  readonly dailyBudget?: number | 'none' | undefined
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
  const { file, prompts } = flags
  const isGiven = words.length > 0 || file !== undefined
  if (prompts !== undefined && isGiven) throw usageError('give one prompt or --prompts, not both')
  const readsPrompt = isGiven || (needsPrompt && prompts === undefined)
  const text = readsPrompt ? await readPrompt(words, file, shell) : ''
  const { metadata, prompt, user, webhook_url, ...others } = readInput(text, flags)
  return {
    input: readsPrompt ? { ...others, prompt } : others,
    ...given({
      prompts: prompts === undefined ? undefined : readLines(prompts),
      timezone: flags.timezone,
      starts_at: orNull(flags.starts),
      ends_at: orNull(flags.ends),
      catch_up: flags.catchUp,
      daily_budget_usd: orNull(flags.dailyBudget),
      metadata,
      user: orNull(user),
      webhook_url: orNull(webhook_url),
    }),
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
