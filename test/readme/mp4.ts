/** Reads size and length of an MP4 from its header boxes (ISO/IEC 14496-12). */

export interface VideoFacts {
  readonly width: number
  readonly height: number
  readonly seconds: number
}

/** Undefined if the file is not an MP4 that says so. */
export const readMp4 = (file: Uint8Array): VideoFacts | undefined => {
  const movie = boxesIn(file).get('moov')
  const header = movie && boxesIn(movie).get('mvhd')
  const track = movie && boxesIn(movie).get('trak')
  const trackHeader = track && boxesIn(track).get('tkhd')
  if (header === undefined || trackHeader === undefined) return undefined
  const view = viewOf(header)
  // Version 1 writes its times in 64 bits.
  const isLong = view.getUint8(0) === 1
  const timescale = view.getUint32(isLong ? 20 : 12)
  const duration = isLong ? Number(view.getBigUint64(24)) : view.getUint32(16)
  // The last two fields of a track header, in 16.16 fixed point.
  const trackView = viewOf(trackHeader)
  const end = trackHeader.byteLength
  return {
    width: trackView.getUint16(end - 8),
    height: trackView.getUint16(end - 4),
    seconds: duration / timescale,
  }
}

/** The first box of each type. */
const boxesIn = (bytes: Uint8Array): Map<string, Uint8Array> => {
  const boxes = new Map<string, Uint8Array>()
  for (let at = 0; at + 8 <= bytes.byteLength;) {
    const size = viewOf(bytes).getUint32(at)
    if (size < 8) break
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (!boxes.has(type)) boxes.set(type, bytes.subarray(at + 8, at + size))
    at += size
  }
  return boxes
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
