/** wrangler.toml with the archive: R2 is bound only if the operator wants it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from './wrangler.ts'
import { writeWhole } from './write-whole.ts'

const BINDING = `
# Videos that are kept.
[[r2_buckets]]
binding = "VIDEOS"
`

export const withArchive = (config: string): string => config + BINDING

/**
 * Writes it next to wrangler.toml, since its paths are relative.
 *
 * @returns the path of the file, for `--config`
 */
export const archiveConfig = (): string => {
  const path = join(PROJECT, 'wrangler.archive.toml')
  writeWhole(path, withArchive(readFileSync(join(PROJECT, 'wrangler.toml'), 'utf8')))
  return path
}
