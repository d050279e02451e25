/** Builds the page of `/` from src/playground into public/. */
import { createHash } from 'node:crypto'
import { globSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere } from './copy-reference.ts'
import { PROJECT } from './wrangler.ts'
import { writeWhole } from './write-whole.ts'

const PUBLIC = join(PROJECT, 'public')
/** Scripts and styles. Their names contain a hash of their content, so browsers cache them. */
const FILES = 'page'
/** The sources of the page; the lock file represents its packages. */
const SOURCES = [
  'src/{playground,client,contract}/**/*.*',
  'package-lock.json',
  'scripts/build-page.ts',
]

const hashOfSources = (): string => {
  const hash = createHash('sha256')
  for (const name of globSync(SOURCES, { cwd: PROJECT }).toSorted()) {
    hash
      .update(name)
      .update('\0')
      .update(readFileSync(join(PROJECT, name)))
      .update('\0')
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
    // The same page in every environment: under tests Vite would add what only developers need.
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      write: false,
      assetsDir: FILES,
      // The page's policy allows only files of this origin.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  })
  if (!('output' in built)) throw new Error('vite built more than one page, or none')
  return built.output
}

/** Builds the page unless it is there and was built from the same sources. */
export const buildPage = async (): Promise<void> => {
  const note = `\n<!-- ${hashOfSources()} -->\n`
  if (readIfThere(join(PUBLIC, 'index.html'))?.endsWith(note) === true) return
  const files = (await bundle()).map((file) => ({
    name: file.fileName,
    content: file.type === 'chunk' ? file.code : file.source,
  }))
  // A page outside the build, such as the 404 page, links the stylesheet by a name that stays.
  const style = files.find(({ name }) => name.endsWith('.css'))
  if (style !== undefined) writeWhole(join(PUBLIC, 'style.css'), style.content)
  // The page itself comes last, so that all files it names exist by then.
  for (const { name, content } of files.toSorted((a) => (a.name === 'index.html' ? 1 : -1))) {
    const whole = name === 'index.html' ? `${String(content).trimEnd()}${note}` : content
    writeWhole(join(PUBLIC, name), whole)
  }
  const current = new Set(files.map(({ name }) => name))
  for (const name of readdirSync(join(PUBLIC, FILES))) {
    if (!current.has(`${FILES}/${name}`)) rmSync(join(PUBLIC, FILES, name), { force: true })
  }
}
