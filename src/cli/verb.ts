/** Declares commands: a noun such as `keys`, and the verbs under it. */
import type {
  Command,
  CommandUnknownOpts as Parent,
  OptionValues,
} from '@commander-js/extra-typings'
import type { Session } from './session.ts'

/** Adds commands to the program, or to a noun. */
export type Add = (parent: Parent, session: Session) => void
/** A command, its arguments and its own options. */
export type Verb<A extends unknown[], O extends OptionValues> = Command<A, O, OptionValues>

/** A plural noun, which also works in the singular. */
export const noun = (program: Parent, name: `${string}s`, text: string) =>
  described(program.command(name).alias(name.slice(0, -1)), text)

/** @param usage such as `get|show <id>`, where `show` is an alias */
export const verb = <Usage extends string>(parent: Parent, usage: Usage, text: string) => {
  const [, name = '', alias, args = ''] = /^([\w-]+)(?:\|(\w+))?(.*)$/.exec(usage) ?? []
  const command = described(parent.command((name + args) as Usage), text)
  // Several words are an error, which says how to quote them.
  if (args.includes('...]')) command.usage(`[options]${args.replace('...', '')}`)
  return alias === undefined ? command : command.alias(alias)
}

/** Lists of commands show the first line of the text; the command's own help shows all of it. */
const described = <A extends unknown[]>(command: Verb<A, {}>, text: string) => {
  const [description = '', ...help] = text.split('\n')
  return command.description(description).addHelpText('after', [...help, ''].join('\n'))
}
