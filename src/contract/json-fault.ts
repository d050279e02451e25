/** Finds where a text that JSON.parse refused stops being JSON. */

/**
 * In words: `at line 1, column 9`, or `at its end` if something is missing there.
 *
 * V8's own message has a position only for some faults, and repeats the text for others.
 */
export const jsonFault = (text: string): string => {
  const at = faultIndex(text)
  if (at === text.length) return 'at its end'
  const lines = text.slice(0, at).split('\n')
  return `at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

/** White space, then a token; the second group is undefined if there is none. */
const TOKEN =
  // eslint-disable-next-line no-control-regex -- a string of JSON has none
  /([ \t\n\r]*)([[\]{},:]|"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.]))?/y

/** Keeps its own stack of brackets, since a body can be 64 kB of `[`. */
const faultIndex = (text: string): number => {
  const token = new RegExp(TOKEN)
  const closers: string[] = []
  /** What may come next: a value (`v`), a name (`"`), or the sign itself. */
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
