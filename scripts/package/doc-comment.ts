/** Lays out what is written of a declaration: its comment, and the lines of its body. */

/** A doc comment that says `text`, and the line break after it; empty for no text. */
export const writeDoc = (text: string): string => {
  const lines = text.trim().split('\n')
  if (lines.length === 1) return lines[0] === '' ? '' : `/** ${lines[0]} */\n`
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`
}

/** Indents by the braces at the ends and beginnings of lines. */
export const indent = (text: string): string => {
  let depth = 0
  return text
    .split('\n')
    .map((line) => {
      const bare = line.trim()
      if (/^[}\])]/.test(bare)) depth--
      const isInComment = bare.startsWith('*')
      const indented = bare === '' ? '' : '  '.repeat(depth) + (isInComment ? ' ' : '') + bare
      if (!isInComment && !bare.startsWith('/*') && /[{[(]$/.test(bare)) depth++
      return indented
    })
    .join('\n')
}
