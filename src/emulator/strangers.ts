/** Jobs that others send with the same fal account, from another gateway or the playground. */
import type { EmulatorContext } from './context.ts'
import type { Job } from './jobs.ts'
import { readMarkers } from './markers.ts'
import { OUTCOMES } from './outcomes.ts'
import { plainJob } from './submit.ts'

/**
 * Adds a job that a test describes; it has no webhook.
 *
 * @param asked `sent_at_ms` is a time, now by default; `ended_ms` is how long after that it ends
 * @param origin the origin of its files, if there is no other job
 */
export async function takeStranger(
  emulator: EmulatorContext,
  asked: Record<string, unknown>,
  origin: string,
): Promise<Job | undefined> {
  const { input: given, sent_at_ms: sentAtMs, outcome, ended_ms: endedMs } = asked
  const input = { ...Object(given) }
  const prompt = typeof input.prompt === 'string' ? input.prompt : ''
  const read = readMarkers(prompt, OUTCOMES)
  const named = outcome === undefined ? undefined : OUTCOMES.find((one) => one === outcome)
  if (!read.ok || (outcome !== undefined && named === undefined)) return undefined
  const atMs = typeof sentAtMs === 'number' ? sentAtMs : emulator.clock.nowMs()
  const plain = plainJob(emulator, { input, prompt, markers: read.markers }, atMs)
  const besides = [...emulator.jobs.values()].at(-1)
  const job = {
    ...plain,
    isStranger: true,
    origin: emulator.origin ?? besides?.origin ?? origin,
    ...(named !== undefined && { outcome: named }),
    ...(typeof endedMs === 'number' && { queueMs: 0, renderMs: endedMs }),
  }
  await emulator.update(job)
  return job
}
