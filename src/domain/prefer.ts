/** What a caller's `Prefer` header asks of a POST. */

export type Prefer =
  | { readonly type: 'none' }
  /** Wait for the end, at most this long. */
  | { readonly type: 'wait'; readonly seconds: number }
  | { readonly type: 'invalid' }

/** A connection is not held longer than this. */
export const MAX_WAIT_SECONDS = 60

/**
 * Reads `wait` or `wait=<seconds>`; longer waits are cut to {@link MAX_WAIT_SECONDS}.
 * Preferences this gateway does not know are ignored, as the standard asks.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7240#section-4.3
 */
export const readPrefer = (header: string | undefined): Prefer => {
  for (const preference of (header ?? '').split(',')) {
    const [name = '', ...rest] = preference.split(';', 1)[0]?.split('=') ?? []
    if (name.trim().toLowerCase() !== 'wait') continue
    if (rest.length === 0) return { type: 'wait', seconds: MAX_WAIT_SECONDS }
    const value = rest.join('=').trim().replaceAll('"', '')
    if (!/^\d{1,6}$/.test(value)) return { type: 'invalid' }
    return { type: 'wait', seconds: Math.min(Number(value), MAX_WAIT_SECONDS) }
  }
  return { type: 'none' }
}
