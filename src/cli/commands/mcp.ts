/** `pika-edge mcp`: serves the gateway to an agent as tools, over the Model Context Protocol. */
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { usageError } from '../exit-codes.ts'
import { type Add, verb } from '../verb.ts'

const EXAMPLES = `serve the gateway to an agent (Model Context Protocol, stdin and stdout)

An agent starts it and talks to it over stdin and stdout. It can do what the
key may do, within the key's budget, and writes files only to the folder that
you name.

Examples:
  $ pika-edge mcp
  $ pika-edge mcp --save-to ~/Videos`

export const addMcp: Add = (program, session) => {
  verb(program, 'mcp', EXAMPLES)
    .option('--save-to <folder>', 'folder for the tool save_video, which is missing without it')
    .action(async ({ saveTo }) => {
      const isFolder = saveTo && statSync(saveTo, { throwIfNoEntry: false })?.isDirectory()
      if (saveTo !== undefined && isFolder !== true) {
        throw usageError(`${saveTo} is not a folder`, 'Make it first, or name another.')
      }
      // Imported here, so that other commands do not load the protocol's library.
      const { serveStdio, StdioServerTransport } =
        await import('@modelcontextprotocol/server/stdio')
      const { createMcpServer } = await import('../mcp/server.ts')
      const { stdin, stdout, signal } = session.shell
      const transport = new StdioServerTransport(stdin, stdout)
      const ended = Promise.race([once(stdin, 'close'), once(stdin, 'end'), once(signal, 'abort')])
      const served = serveStdio(() => createMcpServer(session, saveTo), { transport })
      await ended
      await served.close()
      signal.throwIfAborted()
    })
}
