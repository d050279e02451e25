/** Addresses of callers without a key, as far as they tell callers apart. */

/** Groups of an IPv6 address that name a network: whoever has one host of it has all of them. */
const NETWORK_GROUPS = 4

/** An IPv4 address unchanged; for an IPv6 address, its /64. */
export const networkOf = (address: string): string => {
  const [head = '', tail] = address.toLowerCase().split('::', 2)
  if (!address.includes(':')) return address
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const first = groups(head)
  const last = groups(tail ?? '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const whole = [...first, ...Array<string>(zeros).fill('0'), ...last]
  return `${whole.slice(0, NETWORK_GROUPS).map(unpadded).join(':')}::/64`
}

const unpadded = (group: string): string => group.replace(/^0+(?=.)/, '')
