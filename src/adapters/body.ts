/** Reads a body of whoever sends one, and no more of it than it may have. */

/** The whole body; null if it is longer than that, and then the rest is not read. */
export const readAtMost = async (
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  maxBytes: number,
): Promise<ArrayBuffer | null> => {
  if (body === null) return new ArrayBuffer(0)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  const reader = body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength
    if (length > maxBytes) {
      await reader.cancel()
      return null
    }
    chunks.push(part.value)
  }
  return new Blob(chunks).arrayBuffer()
}

/** What a JSON text says; undefined if it is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
