/** `npm run build`: builds the content of `npm pack`, in dist/ or the given folder. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runScript } from './interrupt.ts'
import { writeDeclarations } from './package/declarations.ts'
import { writeJavaScript } from './package/javascript.ts'
import { PROJECT } from './wrangler.ts'

/** Empties the folder first. */
export const buildPackage = async (folder: string): Promise<void> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await writeJavaScript(folder)
  await writeDeclarations(folder)
}

if (import.meta.main) {
  await runScript(() => buildPackage(process.argv[2] ?? join(PROJECT, 'dist')))
}
