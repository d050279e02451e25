/**
 * Renders the emulator's videos: a dusk gradient with a drifting light, a file for every aspect
 * ratio, resolution and duration of the model.
 *
 * A developer's tool: the files are committed, so run it only to change their look. It needs ffmpeg
 * with libx264.
 */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AspectRatio, DURATIONS, RESOLUTIONS } from '../src/contract/model.ts'

const INPUT = ['-y', '-v', 'error', '-filter_complex']
const FRAMES_PER_SECOND = 24
/** The files are in the package: 28 of them must stay a small download. */
const MAX_FILE_BYTES = 70_000
const COLOURS: Readonly<Record<AspectRatio, readonly [sky: string, sea: string, glow: string]>> = {
  '16:9': ['0x10243f', '0xe8735a', '0xffd9a0'],
  '9:16': ['0x1b1740', '0xc74b8b', '0xffc6e0'],
  '1:1': ['0x0d3b3f', '0x8fd6a0', '0xf4ffd8'],
  '4:5': ['0x2b1b3d', '0xf0a04b', '0xfff0c0'],
  '5:4': ['0x0f2e57', '0x63b7d8', '0xe4f8ff'],
  '3:2': ['0x2a2f1c', '0xd9b650', '0xfff4c4'],
  '2:3': ['0x331322', '0xe06377', '0xffd4d0'],
}

const filterOf = (size: readonly [number, number], seconds: number, colours: readonly string[]) => {
  const [width, height] = size
  const [sky, sea, glow] = colours
  const length = `r=${FRAMES_PER_SECOND}:d=${seconds}`
  // The sky does not move: light that changes everywhere does not fit into so small a file. Both
  // are drawn small and enlarged, since the blur is the look.
  const gradient =
    `gradients=s=${width / 10}x${height / 10}:c0=${sky}:c1=${sea}:n=2:speed=0.00001:seed=7:` +
    `x0=0:y0=0:x1=${Math.floor(width / 10) - 1}:y1=${Math.floor(height / 10) - 1}:${length}`
  const light =
    `color=${glow}:s=64x64:${length},format=yuva420p,` +
    `geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='230*pow(max(0,1-hypot(X-31.5,Y-31.5)/32),1.5)'`
  const side = Math.floor(Math.min(width, height) / 2.4 / 2) * 2
  // One turn in the whole film, so that it loops.
  const turn = `2*PI*t/${seconds}`
  return [
    `${gradient},scale=${width}:${height}:flags=bicubic,setsar=1[background]`,
    `${light},scale=${side}:${side}:flags=bicubic[light]`,
    `[background][light]overlay=x='(W-w)/2+(W-w)/2.6*cos(${turn})':y='(H-h)/2+(H-h)/2.6*sin(2*${turn})'`,
  ].join(';')
}

for (const [ratio, colours] of Object.entries(COLOURS)) {
  const [x = 1, y = 1] = ratio.split(':').map(Number)
  for (const resolution of RESOLUTIONS) {
    const short = Number.parseInt(resolution, 10)
    for (const seconds of DURATIONS) {
      const name = `${ratio.replace(':', 'x')}-${resolution}-${seconds}s.mp4`
      const path = fileURLToPath(new URL(`../src/emulator/assets/${name}`, import.meta.url))
      const size = [Math.max(short, (short * x) / y), Math.max(short, (short * y) / x)] as const
      const filter = filterOf(size, seconds, colours)
      // Compresses harder until the file is small enough.
      for (let crf = 30; crf === 30 || statSync(path).size > MAX_FILE_BYTES; crf += 3) {
        const output =
          `-t ${seconds} -c:v libx264 -preset medium -crf ${crf} -threads 1 -pix_fmt yuv420p -profile:v high ` +
          `-g ${FRAMES_PER_SECOND * 5} -movflags +faststart -fflags +bitexact -flags:v +bitexact`
        execFileSync('ffmpeg', [...INPUT, filter, ...output.split(' '), path])
      }
    }
  }
}
