/** Bundles the declarations of the client, the AI SDK provider and the test helpers. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

/** Each is one file, which imports what another of the package's files declares. */
export const bundleDeclarations = async (
  emitted: string,
  outFolder: string,
  calls: string,
): Promise<void> => {
  const rooms = ['client', 'ai-sdk', 'testing']
  const bundle = await rolldown({
    input: Object.fromEntries(rooms.map((room) => [room, join(emitted, `src/${room}/index.d.ts`)])),
    external: /^[^./]/,
    plugins: [
      published(calls),
      dts({ dtsInput: true, emitDtsOnly: true, tsconfig: false, oxc: true }),
    ],
  })
  const { output } = await bundle.generate({ format: 'es' })
  for (const file of output) {
    if (file.type === 'chunk') writeFileSync(join(outFolder, file.fileName), tidy(file.code))
  }
}

/** Replaces imports of other files of the package, and the client's `PikaApi`. */
const published = (calls: string): Plugin => ({
  name: 'published',
  resolveId: (source, importer = '') => {
    const isContract = /\/(app|contract\/[\w-]+)\.ts$/.test(source)
    if (isContract && importer !== '') return { id: './index.js', external: true }
    const isClient = importer.includes('/ai-sdk/') && source.includes('/client/')
    return isClient ? { id: './client.js', external: true } : null
  },
  transform: (code, id) =>
    id.endsWith('/client/connection.d.ts') ? code.replace(/export type PikaApi = .*/, calls) : null,
})

/** Removes this build's paths, and the second name of what is both imported and re-exported. */
const tidy = (code: string): string =>
  code
    .replaceAll(/^\/\/ .*\.d\.ts\n/gm, '')
    .replaceAll(/\b(\w+), \1 as \1\$1/g, '$1')
    .replaceAll(/\b(\w+)\$1\b/g, '$1')
