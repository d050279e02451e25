#!/usr/bin/env node
import { interruption } from './exit-codes.ts'
import { run } from './run.ts'

// The reader of a pipe may close it early: `pika-edge list | head -1`.
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
