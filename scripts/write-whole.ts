/** Writes a file atomically, since others may be reading it. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export const writeWhole = (path: string, content: string | Uint8Array, mode?: number): void => {
  mkdirSync(dirname(path), { recursive: true })
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, content, { mode })
  renameSync(unfinished, path)
}
