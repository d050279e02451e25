/** Writes public/openapi.json from the contract; `--check` only tells whether it is up to date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDocument } from './openapi/document.ts'
import { PROJECT } from './wrangler.ts'

const DOCUMENT = join(PROJECT, 'public', 'openapi.json')

/** The document as text, as it is committed. */
export const renderDocument = (): string => {
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(PROJECT, 'package.json'), 'utf8'),
  )
  return `${JSON.stringify(buildDocument(version), null, 2)}\n`
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const built = renderDocument()
  if (!values.check) {
    writeFileSync(DOCUMENT, built)
  } else if (readFileSync(DOCUMENT, 'utf8') !== built) {
    process.stderr.write('public/openapi.json is out of date: node scripts/build-openapi.ts\n')
    process.exitCode = 1
  }
}
