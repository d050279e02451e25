/** A folder that is removed after use, however this process ends. */
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const temporaryFolder = () => {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'pika-edge-'))
  const remove = () => folder.remove()
  process.once('exit', remove)
  const dispose = () => {
    remove()
    process.off('exit', remove)
  }
  return { path: folder.path, [Symbol.dispose]: dispose }
}
