/** Writes the generated files, public/openapi.json first; `--check` lists those out of date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readDocComments } from './openapi/doc-comments.ts'
import { PROJECT } from './wrangler.ts'

const read = (name: string): string => readFileSync(join(PROJECT, name), 'utf8')

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const { version }: { version: string } = JSON.parse(read('package.json'))
// Before the schemas are imported.
readDocComments()
const { buildDocument } = await import('./openapi/document.ts')
const { configurationMarkdown } = await import('./docs/configuration.ts')
const { errorsPage } = await import('./docs/errors.ts')
const { deployMarkdown } = await import('./docs/plans.ts')
const generated = Object.entries({
  'public/openapi.json': `${JSON.stringify(buildDocument(version), null, 2)}\n`,
  'public/errors.html': errorsPage(),
  'docs/configuration.md': configurationMarkdown(read),
  'docs/deploy.md': deployMarkdown(read('docs/deploy.md')),
})
if (values.check) {
  const stale = generated.flatMap(([name, text]) => (read(name) === text ? [] : [name]))
  if (stale.length > 0) {
    process.stderr.write(`out of date: ${stale.join(', ')}; run npm run openapi\n`)
    process.exitCode = 1
  }
} else {
  for (const [name, text] of generated) writeFileSync(join(PROJECT, name), text)
}
