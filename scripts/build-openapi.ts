/** Writes what is generated from the contract and the settings; `--check` only tells what is stale. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { configurationMarkdown } from './docs/configuration.ts'
import { errorsMarkdown, errorsPage } from './docs/errors.ts'
import { deployMarkdown } from './docs/plans.ts'
import { buildDocument } from './openapi/document.ts'
import { PROJECT } from './wrangler.ts'

const read = (name: string): string => readFileSync(join(PROJECT, name), 'utf8')

const renderDocument = (): string => {
  const { version }: { version: string } = JSON.parse(read('package.json'))
  return `${JSON.stringify(buildDocument(version), null, 2)}\n`
}

const GENERATED: Readonly<Record<string, () => string>> = {
  'public/openapi.json': renderDocument,
  'public/errors.html': errorsPage,
  'docs/errors.md': errorsMarkdown,
  'docs/configuration.md': () => configurationMarkdown(read),
  'docs/deploy.md': () => deployMarkdown(read('docs/deploy.md')),
}

/** The generated files that are not what their sources make. */
export const staleFiles = (): string[] =>
  Object.entries(GENERATED).flatMap(([name, render]) => (read(name) === render() ? [] : [name]))

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  if (!values.check) {
    for (const [name, render] of Object.entries(GENERATED)) {
      writeFileSync(join(PROJECT, name), render())
    }
  } else if (staleFiles().length > 0) {
    process.stderr.write(`out of date: ${staleFiles().join(', ')}; run npm run openapi\n`)
    process.exitCode = 1
  }
}
