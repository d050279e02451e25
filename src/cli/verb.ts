/** Declares commands: a noun such as `keys`, and the verbs under it. */
import type {
  Command,
  CommandUnknownOpts,
  InferCommandArguments,
  OptionValues,
} from '@commander-js/extra-typings'

/** A plural noun, which also works in the singular. */
export const noun = (
  program: CommandUnknownOpts,
  name: `${string}s`,
  description: string,
  help: string,
): CommandUnknownOpts =>
  program.command(name).alias(name.slice(0, -1)).description(description).addHelpText('after', help)

/** @param usage such as `get|show <id>`, where `show` is an alias */
export const verb = <Usage extends string>(
  parent: CommandUnknownOpts,
  usage: Usage,
  description: string,
  help = '',
): Command<[...InferCommandArguments<Usage>], {}, OptionValues> => {
  const [, name = '', alias, args = ''] = /^([\w-]+)(?:\|(\w+))?(.*)$/.exec(usage) ?? []
  const command = parent.command((name + args) as Usage)
  command.description(description).addHelpText('after', help)
  return alias === undefined ? command : command.alias(alias)
}
