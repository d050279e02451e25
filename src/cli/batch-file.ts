/** A batch file. Each line is JSON: a request, or only its prompt. */
import type { OptionValues } from '@commander-js/extra-typings'
import type { GenerationRequest } from '../client/index.ts'
import { generationRequest } from '../contract/input.ts'
import { faultsOf } from '../contract/faults.ts'
import { jsonFault } from '../contract/json-fault.ts'
import { usageError } from './exit-codes.ts'
import { readInput } from './options.ts'
import { readWhole } from './prompt.ts'
import type { Shell } from './shell.ts'

/** Checks every line before anything is paid for. `flags` are the defaults for each line. */
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
