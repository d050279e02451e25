#!/usr/bin/env node
/** `pika-edge`, the command. */
import { interruption } from './interrupt.ts'
import { run } from './run.ts'

// Whoever reads our output may have had enough of it: `pika-edge list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const { stdin, stdout, stderr, env } = process
process.exitCode = await run(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  env,
  signal: interruption(),
})
