/** Wrangler's build command: puts into public/ what is not in git, where it is not current. */
import { buildPage } from './build-page.ts'
import { copyReference } from './copy-reference.ts'

export const buildAssets = async (): Promise<void> => {
  await Promise.all([copyReference(), buildPage()])
}

if (import.meta.main) await buildAssets()
