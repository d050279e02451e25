/** The options of a script, from the command line. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

type Flags = Readonly<Record<string, string | number | boolean | undefined>>
/** A text without a default may be absent. */
type Read<T extends Flags> = {
  readonly [K in keyof T]: T[K] extends undefined ? string | undefined : T[K]
}

/**
 * Reads options by the types of their defaults; numbers must not be negative. `--help` prints the
 * text and ends the script.
 */
export const readFlags = <T extends Flags>(help: string, defaults: T): Read<T> => {
  const options: ParseArgsOptionsConfig = { help: { type: 'boolean', short: 'h' } }
  for (const [name, value] of Object.entries(defaults)) {
    options[name] = { type: typeof value === 'boolean' ? 'boolean' : 'string' }
  }
  const { values } = parseArgs({ options })
  if (values['help'] === true) {
    process.stdout.write(help)
    process.exit()
  }
  const read = Object.entries(defaults).map(([name, fallback]) => {
    const given = values[name] ?? fallback
    if (typeof fallback !== 'number') return [name, given]
    if (!/^\d+(\.\d+)?$/.test(String(given))) throw new Error(`--${name} takes a number\n\n${help}`)
    return [name, Number(given)]
  })
  return Object.fromEntries(read)
}
