/** What a run looked like to its reader, without what differs from run to run. */
import { stripVTControlCharacters } from 'node:util'

/**
 * Ids, times and addresses by their kind; of a line that changes in place, each state
 * once, whatever its spinner and its clock showed.
 */
export const transcript = (output: string): string => {
  const frames = linesOf(output)
    .map(normalise)
    // How far the model was when it was looked at is chance.
    .filter((frame) => frame !== '' && !frame.includes('“Rendering'))
  return frames.filter((frame, index) => frame !== frames[index - 1]).join('\n')
}

/** Every line as it stood before it was cleared or ended, without its colours. */
export const linesOf = (output: string): string[] =>
  output
    .replaceAll('\r\n', '\n')
    .split('\n')
    .flatMap((line) => line.split('\r\u001B[2K'))
    .map((line) => stripVTControlCharacters(line))

const normalise = (text: string): string =>
  text
    .replaceAll(/gen_[0-9a-z]{26}/g, 'gen_<id>')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+\/\S+/g, 'http://<video>')
    .replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /, '* ')
    .replace(/^ +\d+\.\d s {2}/, '<time>  ')
    .replaceAll(/(in|·) \d+ s/g, '$1 <time>')
    // What the terminal itself prints for Ctrl-C.
    .replace('^C', '')
    // Told once enough are known, which is a matter of time.
    .replace(/ · (usually|9 of 10|longer than).*$/, '')
    .replaceAll(/\d+ kB/g, '<size>')
    .trimEnd()
