/** SHA-256, in hex. */

const encoder = new TextEncoder()

export const sha256 = async (data: string | ArrayBuffer): Promise<string> => {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
