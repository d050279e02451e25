/** Reads what a player needs to know about an MP4 from its boxes (ISO/IEC 14496-12). */
export function describeVideo(file: Buffer) {
  const media = find(file, 'moov', 'trak', 'mdia')
  const header = find(media, 'mdhd')
  const samples = find(media, 'minf', 'stbl')
  // A sample description opens with a version, flags and a count; its first entry follows.
  const [[codec, entry] = ['no entry', file]] = boxesIn(find(samples, 'stsd').subarray(8))
  const order = [...boxesIn(file).keys()]
  return {
    codec,
    width: entry.readUInt16BE(24),
    height: entry.readUInt16BE(26),
    seconds: header.readUInt32BE(16) / header.readUInt32BE(12),
    frames: find(samples, 'stsz').readUInt32BE(8),
    isFastStart: order.indexOf('moov') < order.indexOf('mdat'),
  }
}

function find(bytes: Buffer, ...path: string[]): Buffer {
  return path.reduce((within, type) => {
    const box = boxesIn(within).get(type)
    if (box === undefined) throw new TypeError(`no ${type} box`)
    return box
  }, bytes)
}

/** Maps each box's type to its content, in file order. */
function boxesIn(bytes: Buffer): Map<string, Buffer> {
  const boxes = new Map<string, Buffer>()
  for (let at = 0; at + 8 <= bytes.byteLength;) {
    const size = bytes.readUInt32BE(at)
    if (size < 8) throw new RangeError(`a box of ${size} bytes`)
    boxes.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, at + size))
    at += size
  }
  return boxes
}
