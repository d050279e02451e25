/** Checks that what is deployed is small. The linter's rooms keep out what does not belong in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { runScript } from './interrupt.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { PROJECT, requireWrangler } from './wrangler.ts'

/** A twenty-fifth of the Free plan's limit: small enough to start fast at a new location. */
const MAX_GZIP_BYTES = 120_000
/** What a browser loads to show the page, which must take only seconds on a phone. */
const MAX_PAGE_GZIP_BYTES = { js: 50_000, css: 12_000 }

/** Reports the size of the files with these names, and refuses more than `maxBytes`. */
const check = (what: string, folder: string, names: RegExp, maxBytes: number): void => {
  const bytes = readdirSync(folder)
    .filter((name) => names.test(name))
    .map((name) => gzipSync(readFileSync(join(folder, name))).byteLength)
    .reduce((sum, size) => sum + size, 0)
  process.stdout.write(`${what} ${(bytes / 1000).toFixed(1)} kB gzipped.\n`)
  if (bytes > maxBytes) throw new Error(`more than ${maxBytes / 1000} kB`)
}

await runScript(async () => {
  using folder = temporaryFolder()
  await requireWrangler('deploy', '--dry-run', `--outdir=${folder.path}`)
  check('The Worker is', folder.path, /\.(js|wasm)$/, MAX_GZIP_BYTES)
  for (const [type, maxBytes] of Object.entries(MAX_PAGE_GZIP_BYTES)) {
    check(
      `The page has ${type}:`,
      join(PROJECT, 'public/page'),
      new RegExp(`\\.${type}$`),
      maxBytes,
    )
  }
})
