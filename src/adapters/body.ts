/** Reads bodies from anyone, up to a limit. */

/** The whole body; null if it is longer than `maxBytes`, and then the rest is not read. */
export const readAtMost = async (
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  maxBytes: number,
): Promise<ArrayBuffer | null> => {
  if (body === null) return new ArrayBuffer(0)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  // Leaving the loop early cancels the body.
  for await (const chunk of body) {
    length += chunk.byteLength
    if (length > maxBytes) return null
    chunks.push(chunk)
  }
  return new Blob(chunks).arrayBuffer()
}

/** The whole body as text; null if it is longer than `maxBytes`. */
export const readText = async (
  body: Parameters<typeof readAtMost>[0],
  maxBytes: number,
): Promise<string | null> => {
  const bytes = await readAtMost(body, maxBytes)
  return bytes && new TextDecoder().decode(bytes)
}

/** The parsed text; undefined if it is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
