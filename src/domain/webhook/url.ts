/** Which addresses webhooks may be sent to. */

export interface UrlPolicy {
  /** The gateway's own, if they are known. */
  readonly ownOrigins: readonly string[]
}

const isLoopback = (hostname: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)

/**
 * What is wrong with an address; undefined if it is allowed. A gateway that runs on
 * loopback, as in development, may send to addresses there: no other gateway may.
 */
export const urlFault = (text: string, { ownOrigins }: UrlPolicy): string | undefined => {
  const url = URL.parse(text)
  if (url === null) return 'must be a URL'
  const { hostname, protocol } = url
  if (url.username !== '' || url.password !== '') return 'must not carry a name or password'
  if (ownOrigins.includes(url.origin)) return 'must not be the gateway itself'
  if (isLoopback(hostname) && /^https?:$/.test(protocol)) {
    const isHome = ownOrigins.some((origin) => isLoopback(URL.parse(origin)?.hostname ?? ''))
    return isHome ? undefined : 'must be an address that the internet can reach'
  }
  if (protocol !== 'https:') return 'must begin with https://'
  if (url.port !== '') return 'must use port 443'
  // The parser has made every way to write an IPv4 address into this one.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(hostname) || hostname.startsWith('[')) {
    return 'must name a host, not an IP address'
  }
  const host = hostname.replace(/\.$/, '')
  if (!host.includes('.') || /\.(localhost|local|internal|home\.arpa)$/.test(host)) {
    return 'must be an address that the internet can reach'
  }
  return undefined
}
