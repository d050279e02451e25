/** Reads doc comments into the schemas that they document, so that each text exists once. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { parseSync, Visitor } from 'vite'
import * as z from 'zod/mini'

/** From this call on, every imported schema of `src` or this folder has its doc comment. */
export const readDocComments = (): void => {
  Object.assign(globalThis, { documentSchema, documentField })
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context)
      const subject = /\/(?:src|scripts\/openapi)\/(?:.*\/)?([a-z]+)[\w-]*\.ts$/.exec(url)?.[1]
      if (subject === undefined) return loaded
      return { ...loaded, source: withCalls(readFileSync(new URL(url), 'utf8'), subject) }
    },
  })
}

/** The keyword that holds a comment's tags: zod drops keywords of what it transforms. */
export const TAGS = 'x-tags'

interface Span {
  readonly start: number
  readonly end: number
}

/** Wraps the value of each documented `const`, and of each property. */
const withCalls = (source: string, subject: string): string => {
  const { program, comments } = parseSync('module.ts', source)
  const docs = new Map(
    comments
      .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
      .map(({ value, end }) => [
        end + (/^\s*(export )?/.exec(source.slice(end))?.[0].length ?? 0),
        value,
      ]),
  )
  const inserted: [at: number, text: string][] = []
  const wrap = ({ start, end }: Span, ...[call, ...args]: [string, ...unknown[]]) =>
    inserted.push([start, `${call}(${JSON.stringify(args).slice(1, -1)}, `], [end, ')'])
  const patterns = new Set<object>()
  new Visitor({
    VariableDeclaration: ({ start, declarations: [declared] }) => {
      const doc = docs.get(start)
      if (doc !== undefined && declared?.init) wrap(declared.init, 'documentSchema', doc)
    },
    ObjectPattern: ({ properties }) => properties.forEach((property) => patterns.add(property)),
    Property: (property) => {
      const { start, shorthand, method, kind, key, value } = property
      if (patterns.has(property) || method || kind !== 'init' || key.type !== 'Identifier') return
      const call = `${shorthand ? `${key.name}: ` : ''}documentField`
      wrap(value, call, docs.get(start) ?? null, `${subject}.${key.name}`)
    },
  }).visit(program)
  return inserted
    .toSorted(([a], [b]) => b - a)
    .reduce((text, [at, insert]) => text.slice(0, at) + insert + text.slice(at), source)
}

const isSchema = (value: unknown): value is z.core.$ZodType =>
  typeof value === 'object' && value !== null && '_zod' in value

const documentSchema = (comment: string, value: unknown): unknown => {
  if (isSchema(value)) z.globalRegistry.add(value, readComment(comment))
  return value
}

/** By the first word of a file's name, and the name of the field. */
const lastComments = new Map<string, string>()

/**
 * Documents a copy, since other fields may share the schema. A field without a comment takes that
 * of the previous field with its name, in the same file or one on the same subject:
 * `schedule-answers.ts` does not repeat `schedule.ts`.
 */
const documentField = (comment: string | null, name: string, value: unknown): unknown => {
  if (!isSchema(value)) return value
  const known = comment ?? lastComments.get(name)
  if (known === undefined) return value
  lastComments.set(name, known)
  const copy = z.clone(value)
  z.globalRegistry.add(copy, readComment(known))
  return copy
}

/** A comment is a text with tags that are JSON Schema keywords; an empty tag removes one. */
const readComment = (comment: string): Record<string, unknown> => {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*/, '').trim())
  const tagged = Object.groupBy(lines, (line) => /^@(\w+)/.exec(line)?.[1] ?? '')
  const { '': text = [], see: _see, example, ...keywords } = tagged
  const valueOf = (line: string) => read(line.replace(/^@\w+ ?/, ''))
  const tags = Object.entries(keywords).map(([name, [line = ''] = []]) => [name, valueOf(line)])
  if (example !== undefined) tags.push(['examples', example.map(valueOf)])
  return { description: text.join(' ').trim(), [TAGS]: Object.fromEntries(tags) }
}

/** JSON, or else the text itself. */
const read = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text === '' ? null : text
  }
}
