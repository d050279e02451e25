/** Stores the emulator's jobs and signing key in a file of JSON lines. Node only. */
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
 * Reads the file, and appends to it. Each change is one line, written before the call returns, so
 * that a killed process loses nothing that it has answered.
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
    // Written whole or not at all. It holds a private key.
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
  // A killed process may have left its last line unfinished.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  try {
    return lines.map((line) => JSON.parse(line))
  } catch (error) {
    throw new Error(`${path} is damaged; delete it and the emulator starts afresh`, {
      cause: error,
    })
  }
}
