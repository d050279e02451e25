/** Logs one JSON object per event, and never a prompt, a key or a signature. */

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

const MAX_ERROR_CHARS = 500

/**
 * What a log must not show, from whatever source: keys, client secrets, the MACs of callback URLs,
 * the signatures of URLs, and what an error quotes of its input.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(pika|pcs)_[\w.-]+/g, '$1_…'],
  [/\b(Bearer|Key)( +)[^\s"\\]+/gi, '$1$2…'],
  [/(\/callbacks\/fal\/[^/\s]+\/[^/\s]+\/)[\w-]+/g, '$1…'],
  [/([?&](?:sig|token)=)[^&\s"\\]+/gi, '$1…'],
]
/** V8 quotes the text that it could not parse, which may be someone's prompt. */
const QUOTED = /"[^]*"/

const redact = (text: string): string =>
  SECRETS.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text)

const line = (fields: LogFields): string =>
  JSON.stringify(fields, (_, value: unknown) => (typeof value === 'string' ? redact(value) : value))

export const log = (event: string, fields: LogFields = {}): void => {
  console.log(line({ event, ...fields }))
}

export const logError = (event: string, error: unknown, fields: LogFields = {}): void => {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const told = message.replace(QUOTED, '"…"').slice(0, MAX_ERROR_CHARS)
  console.error(line({ event, error: told, ...fields }))
}

/** Runs `work`, and logs if it fails: what comes after it still runs. */
export const attempt = (event: string, work: () => void, fields?: LogFields): void => {
  try {
    work()
  } catch (error) {
    logError(event, error, fields)
  }
}
