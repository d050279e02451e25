/** Wrangler's build command: writes the files of public/ that are not in git, if out of date. */
import { buildPage } from './build-page.ts'
import { copyReference } from './copy-reference.ts'

await Promise.all([copyReference(), buildPage()])
