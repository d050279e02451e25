/** Extracts the errors from wrangler's output. */

const ERROR_LINE = /\[ERROR\]|wrangler:error|^Uncaught |^Error:/

/**
 * Takes output in any pieces, and calls `onError` with each line of an error: its first line, and
 * all that follow up to an empty line.
 */
export const createErrorFilter = (onError: (line: string) => void) => {
  let rest = ''
  let isInError = false
  let isAfterBlank = false
  const take = (line: string): void => {
    const isStart = ERROR_LINE.test(line) && !isRequestCf(line)
    const isBlank = line.trim() === ''
    // esbuild puts an empty line between a message and its place in the source.
    const isOver = line.startsWith('[wrangler:info]') || (isBlank && isAfterBlank)
    isInError = isStart || (isInError && !isOver)
    if (isInError && !isBlank) onError(`${isAfterBlank && !isStart ? '\n' : ''}${line}\n`)
    isAfterBlank = isBlank
  }
  return (chunk: string): void => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(take)
  }
}

/** Offline, wrangler cannot look up its location, reports that as an error, and continues. */
const isRequestCf = (line: string): boolean => line.includes('ENOTFOUND workers.cloudflare.com')
