/** Writes public/openapi.json from the contract; `--check` only tells whether it is up to date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readDocComments } from './openapi/doc-comments.ts'
import { PROJECT } from './wrangler.ts'

const DOCUMENT = join(PROJECT, 'public', 'openapi.json')

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const { version }: { version: string } = JSON.parse(
  readFileSync(join(PROJECT, 'package.json'), 'utf8'),
)
readDocComments()
const { buildDocument } = await import('./openapi/document.ts')
const built = `${JSON.stringify(buildDocument(version), null, 2)}\n`
if (!values.check) {
  writeFileSync(DOCUMENT, built)
} else if (readFileSync(DOCUMENT, 'utf8') !== built) {
  process.stderr.write('public/openapi.json is out of date: npm run openapi\n')
  process.exitCode = 1
}
