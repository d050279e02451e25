/** The page of all errors, for docs/ and for `/errors`, where a problem's `type` leads. */
import { PROBLEMS } from '../../src/contract/problem.ts'
import { FAILURE_CODES } from '../../src/contract/status.ts'
import { meaningOf, PROBLEM_CODES } from '../openapi/problems.ts'
import { readTable } from './read-tables.ts'

const INTRODUCTION =
  'Every refusal is a problem document (RFC 9457). Branch on its `code`; its `type` links to the entry here, which the gateway serves at `/errors`. If the same request can succeed later, `retryable` is true and `Retry-After` says when. If you send it again under the same `Idempotency-Key`, it is never paid for twice.'

/** Failures that are also problems are listed there. */
const FAILURES = FAILURE_CODES.filter((code) => !(code in PROBLEMS))
const failure = readTable(new URL('failures.md', import.meta.url), FAILURES)

/** A text that contains backticks is delimited by two. */
const codeSpan = (words: string): string =>
  words.includes('`') ? `\`\` ${words} \`\`` : `\`${words}\``

/** As Markdown, a block each: headings, and paragraphs whose only markup is code. */
const BLOCKS = [
  '# Errors',
  '<!-- Written by `npm run openapi` from src/contract/problem.ts and scripts/docs. -->',
  INTRODUCTION,
  '## Why a request is refused',
  "On fal's own paths, the same refusals have fal's shapes and no code.",
  ...PROBLEM_CODES.flatMap((code) => {
    const { status, title, retryable } = PROBLEMS[code]
    const { means, detail } = meaningOf(code)
    const text = `${title} (${status}${retryable ? ', retryable' : ''}). ${means}`
    return [`### ${code}`, text, `For example: ${codeSpan(detail)}`]
  }),
  '## Why a generation fails',
  'A generation that failed has one of these as `error.code`, or `input_refused`, `fal_refused`, `fal_unavailable`, `fal_account_locked`, `fal_queue_full` or `invalid_input` from above. `cost.state` says whether it was paid for. Where a marker is given, a prompt that contains it makes the emulator fail that way.',
  ...FAILURES.flatMap((code) => {
    const [text = '', marker = ''] = failure(code)
    return [
      `### ${code}`,
      text,
      ...(marker === '' ? [] : [`Marker: ${codeSpan(`[emulator: ${marker}]`)}`]),
    ]
  }),
]

/** docs/errors.md */
export const errorsMarkdown = (): string => `${BLOCKS.join('\n\n')}\n`

const html = (block: string): string => {
  if (block.startsWith('<!--')) return block
  const [, level = '', text = block] = /^(#+) (.*)/.exec(block) ?? []
  if (level === '###') return `<h3 id="${text}"><a href="#${text}">${text}</a></h3>`
  if (level !== '') return `<h${level.length}>${text}</h${level.length}>`
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<p>${escaped.replaceAll(/(`+) ?(.*?) ?\1/g, '<code>$2</code>')}</p>`
}

/** public/errors.html: no script, and nothing from elsewhere. */
export const errorsPage = (): string => `<!doctype html>
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
