/** Bundles the package's JavaScript: one file an entry, with everything in it but hono's client. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { temporaryFolder } from '../temporary-folder.ts'
import { PROJECT, requireWrangler } from '../wrangler.ts'

/** What every supported runtime understands; newer syntax, such as `await using`, is lowered. */
const TARGET = 'es2022'
/** A bundled CommonJS module still asks for Node's own modules by `require`. */
const REQUIRE =
  "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)"

/** One client in the package, so that its errors are the same to whoever imports either. */
const sharedClient: Plugin = {
  name: 'shared-client',
  setup: (build) => {
    build.onResolve({ filter: /\/client\/index\.ts$/ }, () => ({
      path: './client.js',
      external: true,
    }))
  },
}

/** By what each is built from. */
const ENTRIES: Readonly<Record<string, BuildOptions>> = {
  // The caller's own hono: bundled, it would be there twice for those who use `hc` as well.
  'client/index': {
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['hono/client'],
  },
  'ai-sdk/index': { platform: 'neutral', plugins: [sharedClient] },
  'testing/index': { platform: 'node' },
  'cli/main': { platform: 'node', banner: { js: REQUIRE } },
}

/** Writes the JavaScript, the Worker, the emulator's videos, and the licences of what is bundled. */
export const writeJavaScript = async (outFolder: string): Promise<void> => {
  const bundled = await Promise.all(
    Object.entries(ENTRIES).map(([source, options]) => bundle(source, options, outFolder)),
  )
  const worker = await bundleWorker(outFolder)
  writeFileSync(join(outFolder, 'LICENSES.txt'), writeLicenses([...bundled.flat(), ...worker]))
  writeFileSync(join(outFolder, 'index.js'), '// There are only types here.\nexport {}\n')
  cpSync(join(PROJECT, 'src/emulator/assets'), join(outFolder, 'assets'), { recursive: true })
}

/** Gives the files that went into it. */
const bundle = async (
  source: string,
  options: BuildOptions,
  outFolder: string,
): Promise<string[]> => {
  const { metafile } = await build({
    absWorkingDir: PROJECT,
    entryPoints: { [dirname(source)]: `src/${source}.ts` },
    outdir: outFolder,
    bundle: true,
    format: 'esm',
    target: TARGET,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    ...options,
  })
  return Object.keys(metafile?.inputs ?? {})
}

/** The Worker as it would be deployed, for `startGateway`; gives the files that went into it. */
const bundleWorker = async (outFolder: string): Promise<string[]> => {
  using temporary = temporaryFolder()
  const folder = temporary.path
  const metaPath = join(folder, 'meta.json')
  await requireWrangler('deploy', '--dry-run', `--outdir=${folder}`, `--metafile=${metaPath}`)
  const code = readFileSync(join(folder, 'index.js'), 'utf8')
  // Its map stays here.
  writeFileSync(join(outFolder, 'worker.js'), code.replace(/^\/\/# sourceMappingURL=.*$/m, ''))
  const { inputs }: { inputs: object } = JSON.parse(readFileSync(metaPath, 'utf8'))
  return Object.keys(inputs)
}

/** The licences of the packages that these files are from, which ask to go where the code goes. */
const writeLicenses = (files: readonly string[]): string => {
  const folders = files.flatMap((file) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const path = join(PROJECT, folder)
    const { name, license }: Manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? license : readFileSync(join(path, file), 'utf8').trim()
    return `${name}\n\n${text}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

interface Manifest {
  readonly name: string
  readonly license: string
}
