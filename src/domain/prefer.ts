/** The `Prefer` header of a POST. */

export const MAX_WAIT_SECONDS = 60

/**
 * Reads `wait` or `wait=<seconds>`: how many seconds to wait for the end, at most
 * {@link MAX_WAIT_SECONDS}, or null. As the standard requires, unknown preferences are ignored, and
 * an empty value counts as none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7240#section-4.3
 */
export const readPrefer = (header: string | undefined): number | 'invalid' | null => {
  for (const preference of unquoted(header ?? '').split(',')) {
    const [name = '', ...rest] = preference.split(';', 1)[0]?.split('=') ?? []
    if (name.trim().toLowerCase() !== 'wait') continue
    const value = rest.join('=').trim()
    if (value === '') return MAX_WAIT_SECONDS
    return /^\d+$/.test(value) ? Math.min(Number(value), MAX_WAIT_SECONDS) : 'invalid'
  }
  return null
}

/** Removes quotes, and replaces the separators between them. */
const unquoted = (header: string): string =>
  header.replaceAll(/"([^"]*)"/g, (_, text: string) => text.replaceAll(/[,;=]/g, '_'))
