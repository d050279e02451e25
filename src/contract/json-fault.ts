/** Where a text that JSON.parse refused stops being JSON. */

/**
 * In words: `at line 1, column 9`, or `at its end` where something is missing there.
 *
 * V8's own message has a position for some faults only, and repeats the text for others.
 */
export const jsonFault = (text: string): string => {
  const at = faultIndex(text)
  if (at === text.length) return 'at its end'
  const lines = text.slice(0, at).split('\n')
  return `at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

/** White space, and a token after it; where none is, the second group is undefined. */
const TOKEN =
  // eslint-disable-next-line no-control-regex -- a string of JSON has none
  /([ \t\n\r]*)([[\]{},:]|"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.]))?/y

/** A stack of brackets, not of calls: 64 kB of `[` are a body, too. */
const faultIndex = (text: string): number => {
  const token = new RegExp(TOKEN)
  const closers: string[] = []
  /** What may come: a value (`v`), a name (`"`), or the sign itself. */
  let wanted = 'v'
  for (;;) {
    const from = token.lastIndex
    const [, space = '', found] = token.exec(text) ?? []
    const at = from + space.length
    if (found === undefined) return at
    const first = found.charAt(0)
    const isValue = !']},:'.includes(first) && wanted.includes('v')
    if (!isValue && !wanted.includes(first)) return at
    if (first === ':') wanted = 'v'
    else if (first === ',') wanted = closers.at(-1) === '}' ? '"' : 'v'
    else if (first === '[' || first === '{') {
      closers.push(first === '[' ? ']' : '}')
      wanted = first === '[' ? 'v]' : '"}'
    } else if (!isValue && first === '"') wanted = ':'
    else {
      if (!isValue) closers.pop()
      wanted = closers.length === 0 ? '' : `,${closers.at(-1) ?? ''}`
    }
  }
}
