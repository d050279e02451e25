/** Reads the rendered videos from disk. Node only. */
import { readFile } from 'node:fs/promises'
import { VIDEO_NAMES } from './model-input.ts'

/** The MP4 of a name such as `16x9-720p-5s`. */
export async function readVideo(name: string): Promise<Uint8Array> {
  if (!VIDEO_NAMES.includes(name)) throw new RangeError(`There is no video ${name}`)
  return readFile(new URL(`./assets/${name}.mp4`, import.meta.url))
}
