/** Bundles the package's JavaScript: a file per entry, with everything in it but hono's client. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { temporaryFolder } from '../temporary-folder.ts'
import { PROJECT, requireWrangler } from '../wrangler.ts'

/** What every supported runtime understands; newer syntax, such as `await using`, is lowered. */
const TARGET = 'es2022'
/** A bundled CommonJS module still loads Node's own modules with `require`. */
const REQUIRE =
  "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)"

/** A single client in the package, so that both entries throw the same error classes. */
const sharedClient: Plugin = {
  name: 'shared-client',
  setup: (build) => {
    build.onResolve({ filter: /\/client\/index\.ts$/ }, () => ({
      path: './client.js',
      external: true,
    }))
  },
}

/** By source. */
const ENTRIES: Readonly<Record<string, BuildOptions>> = {
  // The caller's own hono: those who use `hc` too would otherwise have it twice.
  'client/index': {
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['hono/client'],
  },
  'ai-sdk/index': { platform: 'neutral', plugins: [sharedClient] },
  'testing/index': { platform: 'node' },
  'cli/main': { platform: 'node', banner: { js: REQUIRE } },
}

/** Writes the JavaScript, the Worker, the emulator's videos, and the licences of bundled code. */
export const writeJavaScript = async (outFolder: string): Promise<void> => {
  const bundled = await Promise.all(
    Object.entries(ENTRIES).map(([source, options]) => bundle(source, options, outFolder)),
  )
  const worker = await bundleWorker(outFolder)
  writeFileSync(join(outFolder, 'LICENSES.txt'), writeLicenses([...bundled.flat(), ...worker]))
  writeFileSync(join(outFolder, 'index.js'), '// This entry has only types.\nexport {}\n')
  cpSync(join(PROJECT, 'src/emulator/assets'), join(outFolder, 'assets'), { recursive: true })
}

/** Returns the files that went into it. */
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

/** The Worker as deployed, for `startGateway`. Returns the files that went into it. */
const bundleWorker = async (outFolder: string): Promise<string[]> => {
  using temporary = temporaryFolder()
  const folder = temporary.path
  const metaPath = join(folder, 'meta.json')
  await requireWrangler('deploy', '--dry-run', `--outdir=${folder}`, `--metafile=${metaPath}`)
  const code = readFileSync(join(folder, 'index.js'), 'utf8')
  // Its source map is not published.
  writeFileSync(join(outFolder, 'worker.js'), code.replace(/^\/\/# sourceMappingURL=.*$/m, ''))
  const { inputs }: { inputs: object } = JSON.parse(readFileSync(metaPath, 'utf8'))
  return Object.keys(inputs)
}

/** The licences of these files' packages, which must accompany the code. */
const writeLicenses = (files: readonly string[]): string => {
  const folders = files.flatMap((file) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const path = join(PROJECT, folder)
    const { name, license }: { name: string; license: string } = JSON.parse(
      readFileSync(join(path, 'package.json'), 'utf8'),
    )
    const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? license : readFileSync(join(path, file), 'utf8').trim()
    return `${name}\n\n${text}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}
