/** Which URLs webhooks may be sent to. */

const isLoopback = (hostname: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)

/**
 * What is wrong with a URL; undefined if it is allowed. Only a gateway on loopback, as in
 * development, may send to loopback.
 *
 * @param ownOrigins the gateway's own origins, if they are known
 */
export const urlFault = (text: string, ownOrigins: readonly string[]): string | undefined => {
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
  // The parser has normalised every spelling of an IPv4 address to this one.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(hostname) || hostname.startsWith('[')) {
    return 'must name a host, not an IP address'
  }
  const host = hostname.replace(/\.$/, '')
  if (!host.includes('.') || /\.(localhost|local|internal|home\.arpa)$/.test(host)) {
    return 'must be an address that the internet can reach'
  }
  return undefined
}
