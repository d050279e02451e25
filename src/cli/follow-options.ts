/** The options of every command that waits for a video. */
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'

const seconds = (text: string): number => {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 1_000_000) return value
  throw new InvalidArgumentError('It must be a number of seconds.')
}

export const outOption = () =>
  new Option('-o, --out <path>', 'save the MP4: a file, a folder, or - for stdout')
export const forceOption = () => new Option('--force', 'overwrite what is there')
export const timeoutOption = () =>
  new Option(
    '-t, --timeout <seconds>',
    'stop waiting after this long; the generation goes on',
  ).argParser(seconds)
export const cancelOnInterruptOption = () =>
  new Option('--cancel-on-interrupt', 'Ctrl-C cancels the generation too')
export const idempotencyKeyOption = () =>
  new Option(
    '-k, --idempotency-key <key>',
    'the same key never pays twice (default: a new one each time)',
  )
