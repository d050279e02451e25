/** How the command was called, so that what its hints name can be pasted as it is. */
import type { Shell } from './shell.ts'

/** The words that stand for `pika-edge` in the caller's shell. */
const calledAs = (env: Shell['env']): string => {
  if (env['NODE_RUN_SCRIPT_NAME'] === 'pika') return 'node --run pika --'
  // Silent, or npm would print what it runs to stdout, before the data.
  if (env['npm_lifecycle_event'] === 'pika') return 'npm run -s pika --'
  return env['npm_command'] === 'exec' ? 'npx pika-edge' : 'pika-edge'
}

/** The text, with every `pika-edge …` in it as the caller would call it. */
export const asCalled = (text: string, env: Shell['env']): string =>
  text.replaceAll(/\bpika-edge (?=[a-z[<]|--)(?!gateway)/g, `${calledAs(env)} `)

/** Whether npm has put its own words into what somebody reads as data. */
export const hasBanner = ({ env, stdout }: Shell): boolean =>
  env['npm_lifecycle_event'] === 'pika' &&
  env['NODE_RUN_SCRIPT_NAME'] === undefined &&
  env['npm_config_loglevel'] !== 'silent' &&
  stdout.isTTY !== true
