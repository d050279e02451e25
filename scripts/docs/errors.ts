/** docs/errors.md as data, and as the page of `/errors`, where a problem's `type` leads. */
import { readFileSync } from 'node:fs'
import { type ProblemCode, PROBLEMS } from '../../src/contract/problem.ts'
import { FAILURE_CODES } from '../../src/contract/status.ts'

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[]

/** Headings, and paragraphs whose only markup is code. */
const BLOCKS = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  .trim()
  .split('\n\n')

/**
 * When a problem occurs and what to do about it, a real `detail`, and whether it names a generation.
 *
 * @throws if docs/errors.md lacks it, or gives it another title or status
 */
export const meaningOf = (code: ProblemCode) => {
  const { status, title, retryable } = PROBLEMS[code]
  const head = `${title} (${status}${retryable ? ', retryable' : ''}). `
  const [, text = '', example = ''] = BLOCKS.slice(BLOCKS.indexOf(`### ${code}`))
  const [, also, , detail] = /^For example(.*?): (`+) ?(.*?) ?\2$/.exec(example) ?? []
  if (!text.startsWith(head) || detail === undefined) {
    throw new Error(`docs/errors.md must say of ${code}: ${head}…, and give an example`)
  }
  return { means: text.slice(head.length), detail, isOfGeneration: also !== '' }
}

const html = (block: string): string => {
  if (block.startsWith('<!--')) return block
  const [, level = '', text = block] = /^(#+) (.*)/.exec(block) ?? []
  if (level === '###') return `<h3 id="${text}"><a href="#${text}">${text}</a></h3>`
  if (level !== '') return `<h${level.length}>${text}</h${level.length}>`
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<p>${escaped.replaceAll(/(`+) ?(.*?) ?\1/g, '<code>$2</code>')}</p>`
}

/** public/errors.html: no script, and nothing from elsewhere. */
export const errorsPage = (): string => {
  // Failures that are also problems are listed there.
  const codes = new Set<string>([...PROBLEM_CODES, ...FAILURE_CODES])
  const missing = [...codes].filter((code) => !BLOCKS.includes(`### ${code}`))
  if (missing.length > 0) throw new Error(`docs/errors.md lacks ${missing.join(', ')}`)
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>pika-edge: errors</title>
    <link rel="icon" href="data:," />
    <style>
      :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
      body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
      h3 { margin-bottom: 0; }
      h3 + p, h3 + p + p { margin: 0.25rem 0; }
      :target { background: Highlight; color: HighlightText; }
      code { overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <p><a href="/docs">The API reference</a></p>
${BLOCKS.map((block) => `    ${html(block)}`).join('\n')}
  </body>
</html>
`
}
