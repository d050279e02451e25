/** The `Prefer` header of a POST. */

export type Prefer =
  | { readonly type: 'none' }
  /** Wait for the end, at most this long. */
  | { readonly type: 'wait'; readonly seconds: number }
  | { readonly type: 'invalid' }

export const MAX_WAIT_SECONDS = 60

/**
 * Reads `wait` or `wait=<seconds>`; longer waits are cut to {@link MAX_WAIT_SECONDS}. As the
 * standard requires, unknown preferences are ignored, and an empty value counts as none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7240#section-4.3
 */
export const readPrefer = (header: string | undefined): Prefer => {
  for (const preference of unquoted(header ?? '').split(',')) {
    const [name = '', ...rest] = preference.split(';', 1)[0]?.split('=') ?? []
    if (name.trim().toLowerCase() !== 'wait') continue
    const value = rest.join('=').trim()
    if (value === '') return { type: 'wait', seconds: MAX_WAIT_SECONDS }
    if (!/^\d+$/.test(value)) return { type: 'invalid' }
    return { type: 'wait', seconds: Math.min(Number(value), MAX_WAIT_SECONDS) }
  }
  return { type: 'none' }
}

/** Removes quotes, and replaces the separators between them. */
const unquoted = (header: string): string =>
  header.replaceAll(/"([^"]*)"/g, (_, text: string) => text.replaceAll(/[,;=]/g, '_'))
