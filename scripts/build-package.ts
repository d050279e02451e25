/** Builds what `npm pack` takes along: `npm run build`, into dist/ or the folder that is named. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runScript } from './interrupt.ts'
import { writeDeclarations } from './package/declarations.ts'
import { writeJavaScript } from './package/javascript.ts'
import { PROJECT } from './wrangler.ts'

/** Empties the folder and fills it. */
export const buildPackage = async (folder: string): Promise<void> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await writeJavaScript(folder)
  await writeDeclarations(folder)
}

if (import.meta.main) {
  await runScript(() => buildPackage(process.argv[2] ?? join(PROJECT, 'dist')))
}
