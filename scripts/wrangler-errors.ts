/** Picks the errors out of what wrangler prints. */

const ERROR_LINE = /\[ERROR\]|wrangler:error|^Uncaught |^Error:/

/**
 * Takes output as it comes, in any pieces, and calls `onError` with each line of an
 * error: the line that says so, and what follows it up to an empty line.
 */
export const createErrorFilter = (onError: (line: string) => void) => {
  let rest = ''
  let isInError = false
  let isAfterBlank = false
  const take = (line: string): void => {
    const isStart = ERROR_LINE.test(line) && !isRequestCf(line)
    const isBlank = line.trim() === ''
    // esbuild puts one empty line between a message and its place in the source.
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

/** Offline, wrangler cannot learn where it is; it says so as an error and goes on. */
const isRequestCf = (line: string): boolean => line.includes('ENOTFOUND workers.cloudflare.com')
