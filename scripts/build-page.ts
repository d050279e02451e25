/** Builds the page that `/` shows out of src/playground into public/. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere } from './copy-reference.ts'
import { PROJECT } from './wrangler.ts'
import { writeWhole } from './write-whole.ts'

const PUBLIC = join(PROJECT, 'public')
/** Of scripts and styles. Their names carry a hash of what is in them, so browsers keep them. */
const FILES = 'page'
/** What the page is made of; the lock file stands for the packages in it. */
const SOURCES = ['src/playground', 'src/client', 'src/contract']
const ALSO = ['package-lock.json', 'scripts/build-page.ts']

const filesIn = (folder: string): string[] =>
  readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()

const hashOfSources = (): string => {
  const hash = createHash('sha256')
  for (const path of [...SOURCES.flatMap(filesIn), ...ALSO.map((name) => join(PROJECT, name))]) {
    hash.update(path.slice(PROJECT.length)).update('\0').update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}

const bundle = async () => {
  const { build } = await import('vite')
  const built = await build({
    root: join(PROJECT, 'src/playground'),
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    publicDir: false,
    // The same page whoever builds it: under tests Vite would add what only a developer needs.
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      write: false,
      assetsDir: FILES,
      // The page's policy takes nothing but files of this origin.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  })
  if (!('output' in built)) throw new Error('vite built more than one page, or none')
  return built.output
}

/** Builds the page, unless it is there and made of the very same sources. */
export const buildPage = async (): Promise<void> => {
  const note = `\n<!-- ${hashOfSources()} -->\n`
  if (readIfThere(join(PUBLIC, 'index.html'))?.endsWith(note) === true) return
  const files = (await bundle()).map((file) => ({
    name: file.fileName,
    content: file.type === 'chunk' ? file.code : file.source,
  }))
  // A page outside of the build, such as that of a 404, has the same look under a name that stays.
  const style = files.find(({ name }) => name.endsWith('.css'))
  if (style !== undefined) writeWhole(join(PUBLIC, 'style.css'), style.content)
  // The page itself comes last: whoever reads it finds what it names.
  for (const { name, content } of files.toSorted((a) => (a.name === 'index.html' ? 1 : -1))) {
    const whole = name === 'index.html' ? `${String(content).trimEnd()}${note}` : content
    writeWhole(join(PUBLIC, name), whole)
  }
  const current = new Set(files.map(({ name }) => name))
  for (const name of readdirSync(join(PUBLIC, FILES))) {
    if (!current.has(`${FILES}/${name}`)) rmSync(join(PUBLIC, FILES, name), { force: true })
  }
}
