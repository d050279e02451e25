/** The page of all errors, for docs/ and for `/errors`, where a problem's `type` leads. */
import { PROBLEMS } from '../../src/contract/problem.ts'
import { FAILURE_CODES } from '../../src/contract/status.ts'
import { meaningOf, PROBLEM_CODES } from '../openapi/problems.ts'
import { readTable } from './read-tables.ts'

interface Entry {
  readonly code: string
  readonly text: string
  /** Shown as code, after the section's label. */
  readonly example: string
}

interface Section {
  readonly title: string
  readonly text: string
  readonly label: string
  readonly entries: readonly Entry[]
}

const INTRODUCTION =
  'Every refusal is a problem document (RFC 9457). Branch on its `code`; its `type` links to the entry here, which the gateway serves at `/errors`. If the same request can succeed later, `retryable` is true and `Retry-After` says when. If you send it again under the same `Idempotency-Key`, it is never paid for twice.'

/** Failures that are also problems are listed there. */
const FAILURES = FAILURE_CODES.filter((code) => !(code in PROBLEMS))
const failure = readTable(new URL('failures.md', import.meta.url), FAILURES)

const SECTIONS: readonly Section[] = [
  {
    title: 'Why a request is refused',
    text: "On fal's own paths, the same refusals have fal's shapes and no code.",
    label: 'For example',
    entries: PROBLEM_CODES.map((code) => {
      const { status, title, retryable } = PROBLEMS[code]
      const { means, detail } = meaningOf(code)
      const again = retryable ? ', retryable' : ''
      const text = `${title} (${status}${again}). ${means}`
      return { code, text, example: detail }
    }),
  },
  {
    title: 'Why a generation fails',
    text: 'A generation that failed has one of these as `error.code`, or `input_refused`, `fal_refused`, `fal_unavailable`, `fal_account_locked`, `fal_queue_full` or `invalid_input` from above. `cost.state` says whether it was paid for. Where a marker is given, a prompt that contains it makes the emulator fail that way.',
    label: 'Marker',
    entries: FAILURES.map((code) => {
      const [text = '', marker = ''] = failure(code)
      return { code, text, example: marker && `[emulator: ${marker}]` }
    }),
  },
]

const NOTE = 'Written by `npm run openapi` from src/contract/problem.ts and scripts/docs.'

/** docs/errors.md */
export const errorsMarkdown = (): string =>
  [
    '# Errors',
    `<!-- ${NOTE} -->`,
    INTRODUCTION,
    ...SECTIONS.flatMap(({ title, text, label, entries }) => [
      `## ${title}`,
      text,
      ...entries.flatMap(({ code, text, example }) => [
        `### ${code}`,
        text,
        ...(example ? [`${label}: ${codeSpan(example)}`] : []),
      ]),
    ]),
  ].join('\n\n') + '\n'

/** A text that contains backticks is delimited by two. */
const codeSpan = (words: string): string =>
  words.includes('`') ? `\`\` ${words} \`\`` : `\`${words}\``

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
    <!-- ${NOTE} -->
    <h1>Errors</h1>
    <p>${html(INTRODUCTION)}</p>
    <p><a href="/docs">The API reference</a></p>
${SECTIONS.map(
  ({ title, text, label, entries }) =>
    `    <h2>${title}</h2>\n    <p>${html(text)}</p>\n${entries.map((entry) => entryHtml(entry, label)).join('\n')}`,
).join('\n')}
  </body>
</html>
`

const entryHtml = ({ code, text, example }: Entry, label: string): string =>
  [
    `    <h3 id="${code}"><a href="#${code}">${code}</a></h3>`,
    `    <p>${html(text)}</p>`,
    ...(example ? [`    <p>${label}: <code>${escape(example)}</code></p>`] : []),
  ].join('\n')

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** The only Markdown in these texts is code. */
const html = (text: string): string =>
  escape(text).replaceAll(/`([^`]*)`/g, (_, code: string) => `<code>${code}</code>`)
