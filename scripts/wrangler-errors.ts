/** Picks the errors out of what wrangler prints. */

const ERROR_LINE = /\[ERROR\]|wrangler:error|^Uncaught |^Error:/

/**
 * Takes output as it comes, in any pieces, and calls `onError` with each line of an
 * error: the line that says so, and what follows it up to an empty line.
 */
export const createErrorFilter = (onError: (line: string) => void) => {
  let rest = ''
  let isInError = false
  let blankLines = 0
  return (chunk: string): void => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (ERROR_LINE.test(line) && !isRequestCf(line)) {
        isInError = true
        blankLines = 0
      }
      if (!isInError) continue
      // esbuild puts one empty line between a message and its place in the source.
      blankLines += line.trim() === '' ? 1 : 0
      if (blankLines > 1 || line.startsWith('[wrangler:info]')) isInError = false
      else onError(`${line}\n`)
    }
  }
}

/** Offline, wrangler cannot learn where it is; it says so as an error and goes on. */
const isRequestCf = (line: string): boolean => line.includes('ENOTFOUND workers.cloudflare.com')
