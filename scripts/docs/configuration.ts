/** The tables of docs/configuration.md, from the comments in src/worker/settings.ts. */
import { withTable } from './table.ts'

const DOCUMENT = 'docs/configuration.md'

interface Variable {
  readonly name: string
  readonly text: string
  /** As Markdown; empty if there is none. */
  readonly fallback: string
}

/** Every variable that the gateway reads, in source order. */
export const readVariables = (source: string): Variable[] => {
  const { 1: fields = '' } = /export interface Variables \{\n(.*?)\n\}/s.exec(source) ?? []
  return [...fields.matchAll(/\/\*\*(.*?)\*\/\s*readonly (\w+)\?/gs)].map(
    ({ 1: comment = '', 2: name = '' }) => {
      const plain = comment.replaceAll(/\s*\n\s*\*\s*|\s+/g, ' ').trim()
      const [text = '', fallback = ''] = plain.split(/ ?Default: /)
      return { name, text, fallback: fallback.replace(/\.$/, '') }
    },
  )
}

/** Replaces the two tables of the document, and keeps the rest. */
export const configurationMarkdown = (read: (name: string) => string): string => {
  const required = /^required = \[(.*)\]$/m.exec(read('wrangler.toml'))?.[1] ?? ''
  const variables = readVariables(read('src/worker/settings.ts'))
  const isSecret = ({ name }: Variable) => /_KEY(_PREVIOUS)?$/.test(name)
  const secrets = variables
    .filter(isSecret)
    .map(({ name, text }) => [`\`${name}\``, required.includes(`"${name}"`) ? 'yes' : 'no', text])
  const settings = variables
    .filter((variable) => !isSecret(variable))
    .map(({ name, text, fallback }) => [`\`${name}\``, fallback, text])
  return [
    { name: 'secrets', rows: [['secret', 'required', 'what it is'], ...secrets] },
    { name: 'settings', rows: [['variable', 'default', 'what it decides'], ...settings] },
  ].reduce((text, { name, rows }) => withTable(text, name, rows), read(DOCUMENT))
}
