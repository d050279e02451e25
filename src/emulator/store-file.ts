/** Keeps the emulator's jobs and signing key in a file of JSON lines; only for Node. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { KEPT_MS } from './history.ts'
import { endingOf } from './jobs.ts'
import type { JobRecord, Store } from './store.ts'

type Line = { keys: Store['saved']['keys'] } | JobRecord

/**
 * Reads the file, and goes on with it. Each change is one line at its end, written before the call
 * returns, so that a process that is killed loses nothing that it has answered.
 *
 * @throws if a line of the file is damaged
 */
export function openStore(path: string): Store {
  const records = new Map<string, JobRecord>()
  let keys: Store['saved']['keys'] = []
  for (const line of existsSync(path) ? readLines(path) : []) {
    if ('keys' in line) keys = line.keys
    else records.set(line.job.requestId, line)
  }
  for (const [id, { job }] of records) {
    if (Date.now() >= endingOf(job).endsAtMs + KEPT_MS) records.delete(id)
  }
  const append = (line: Line) => appendFileSync(path, `${JSON.stringify(line)}\n`)
  const rewrite = (lines: Line[]) => {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
    // Whole or not at all. It holds a private key.
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  mkdirSync(dirname(path), { recursive: true })
  rewrite([{ keys }, ...records.values()])
  return {
    saved: { records: [...records.values()], keys },
    saveJob: append,
    saveKeys(changed) {
      keys = changed
      append({ keys })
    },
    clear: () => rewrite([{ keys }]),
  }
}

function readLines(path: string): Line[] {
  // A process that was killed may have left its last line unfinished.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  try {
    return lines.map((line) => JSON.parse(line))
  } catch (error) {
    throw new Error(`${path} is damaged; without it the emulator begins anew`, { cause: error })
  }
}
