/** The waiting path, fal's `https://fal.run/…`: submits, waits, returns the result. */
import type { Context } from 'hono'
import { sleep } from './connection.ts'
import type { EmulatorContext } from './context.ts'
import { viewJob } from './jobs.ts'
import type { EmulatorEnv } from './observe.ts'
import { result } from './requests.ts'
import { accept } from './submit.ts'

const LOOK_AGAIN_MS = 20

export async function run(emulator: EmulatorContext, c: Context<EmulatorEnv>): Promise<Response> {
  const submitted = await accept(emulator, c)
  if (!submitted.ok) return submitted.answer
  const { job } = submitted
  const isPending = () => ['queued', 'running'].includes(viewJob(job, emulator.clock.nowMs()).state)
  while (isPending()) await sleep(LOOK_AGAIN_MS, c.get('gone'))
  return result(emulator, job)
}
