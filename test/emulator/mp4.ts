/** Reads of an MP4 what a player needs to know, straight from its boxes (ISO/IEC 14496-12). */

interface Box {
  type: string
  at: number
  /** Its content, without size and type. */
  body: Uint8Array
}

export function describeVideo(file: Uint8Array) {
  const top = boxesIn(file)
  const track = find(file, ['moov', 'trak'])
  const mediaHeader = find(track, ['mdia', 'mdhd'])
  const samples = find(track, ['mdia', 'minf', 'stbl'])
  // A sample description opens with a version, flags and a count; its first entry follows.
  const entry = boxesIn(find(samples, ['stsd']).subarray(8))[0]
  if (entry === undefined) throw new TypeError('no sample entry')
  const position = (type: string) => top.find((box) => box.type === type)?.at ?? -1
  const timescale = numberAt(mediaHeader, 12)
  return {
    codec: entry.type,
    width: shortAt(entry.body, 24),
    height: shortAt(entry.body, 26),
    seconds: numberAt(mediaHeader, 16) / timescale,
    frames: numberAt(find(samples, ['stsz']), 8),
    isFastStart: position('moov') < position('mdat'),
  }
}

function find(bytes: Uint8Array, path: string[]): Uint8Array {
  return path.reduce((within, type) => {
    const box = boxesIn(within).find((one) => one.type === type)
    if (box === undefined) throw new TypeError(`no ${type} box`)
    return box.body
  }, bytes)
}

function boxesIn(bytes: Uint8Array): Box[] {
  const boxes: Box[] = []
  for (let at = 0; at + 8 <= bytes.byteLength;) {
    const size = numberAt(bytes, at)
    if (size < 8) throw new RangeError(`a box of ${size} bytes`)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    boxes.push({ type, at, body: bytes.subarray(at + 8, at + size) })
    at += size
  }
  return boxes
}

function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
}

function shortAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(at)
}
