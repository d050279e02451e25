/**
 * Renders the emulator's videos: a dusk gradient with a drifting light, a file for every aspect
 * ratio, resolution and duration of the model.
 *
 * A developer's tool: the files are committed, so run it only to change their look. It needs ffmpeg
 * with libx264.
 *
 * @example node scripts/render-videos.ts 16x9-720p-5s   # one file; without a name, all of them
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FRAMES_PER_SECOND = 24
/** The files are in the package: 28 of them must stay a small download. */
const MAX_FILE_BYTES = 70_000
const RESOLUTIONS = { '720p': 720, '1080p': 1080 }
const DURATIONS_SECONDS = [5, 10]
const RATIOS: { ratio: [number, number]; sky: string; sea: string; glow: string }[] = [
  { ratio: [16, 9], sky: '0x10243f', sea: '0xe8735a', glow: '0xffd9a0' },
  { ratio: [9, 16], sky: '0x1b1740', sea: '0xc74b8b', glow: '0xffc6e0' },
  { ratio: [1, 1], sky: '0x0d3b3f', sea: '0x8fd6a0', glow: '0xf4ffd8' },
  { ratio: [4, 5], sky: '0x2b1b3d', sea: '0xf0a04b', glow: '0xfff0c0' },
  { ratio: [5, 4], sky: '0x0f2e57', sea: '0x63b7d8', glow: '0xe4f8ff' },
  { ratio: [3, 2], sky: '0x2a2f1c', sea: '0xd9b650', glow: '0xfff4c4' },
  { ratio: [2, 3], sky: '0x331322', sea: '0xe06377', glow: '0xffd4d0' },
]

const assets = fileURLToPath(new URL('../src/emulator/assets/', import.meta.url))
const only = process.argv.slice(2)

if (spawnSync('ffmpeg', ['-version']).error !== undefined) {
  process.stderr.write('render-videos needs ffmpeg with libx264 on the PATH; none was found.\n')
  process.exit(1)
}
mkdirSync(assets, { recursive: true })

for (const { ratio, sky, sea, glow } of RATIOS) {
  for (const [resolution, shortSide] of Object.entries(RESOLUTIONS)) {
    for (const seconds of DURATIONS_SECONDS) {
      const name = `${ratio.join('x')}-${resolution}-${seconds}s`
      if (only.length > 0 && !only.includes(name)) continue
      const width = Math.max(shortSide, (shortSide * ratio[0]) / ratio[1])
      const height = Math.max(shortSide, (shortSide * ratio[1]) / ratio[0])
      const bytes = render(`${assets}${name}.mp4`, { width, height, seconds, sky, sea, glow })
      process.stdout.write(`${name} ${width}x${height} ${bytes} bytes\n`)
    }
  }
}

interface Scene {
  width: number
  height: number
  seconds: number
  sky: string
  sea: string
  glow: string
}

/** Compresses harder until the file is small enough. Returns its size in bytes. */
function render(path: string, scene: Scene): number {
  for (let quality = 30; quality <= 51; quality += 3) {
    const { status, stderr } = spawnSync('ffmpeg', ffmpegArguments(path, scene, quality))
    if (status !== 0) throw new Error(`ffmpeg could not render ${path}: ${stderr.toString()}`)
    const { size } = statSync(path)
    if (size <= MAX_FILE_BYTES) return size
  }
  throw new Error(`${path} does not fit into ${MAX_FILE_BYTES} bytes at any quality`)
}

function ffmpegArguments(path: string, scene: Scene, quality: number): string[] {
  const { width, height, seconds, sky, sea, glow } = scene
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
  const filter = [
    `${gradient},scale=${width}:${height}:flags=bicubic,setsar=1[background]`,
    `${light},scale=${side}:${side}:flags=bicubic[light]`,
    `[background][light]overlay=x='(W-w)/2+(W-w)/2.6*cos(${turn})':y='(H-h)/2+(H-h)/2.6*sin(2*${turn})'`,
  ].join(';')
  return [
    ['-y', '-v', 'error', '-filter_complex', filter, '-t', `${seconds}`],
    ['-c:v', 'libx264', '-preset', 'medium', '-crf', `${quality}`, '-threads', '1'],
    ['-pix_fmt', 'yuv420p', '-profile:v', 'high', '-g', `${FRAMES_PER_SECOND * 5}`],
    ['-movflags', '+faststart', '-fflags', '+bitexact', '-flags:v', '+bitexact', path],
  ].flat()
}
