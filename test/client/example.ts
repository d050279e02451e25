/** One generation on its way from queued to completed, as the gateway shows it to a client. */
import type { Generation, GenerationEvent } from '../../src/client/index.ts'
import { renderGeneration } from '../../src/domain/generation/render.ts'
import { EXAMPLES } from '../domain/generation/example.ts'

export const queued = renderGeneration(EXAMPLES.queued)
export const completed = renderGeneration(EXAMPLES.completed)
export const failed = renderGeneration(EXAMPLES.failed_by_fal)
export const canceled = renderGeneration(EXAMPLES.canceled)

const { id: ID, created_at } = queued
export { ID }

type StateEvent = Extract<GenerationEvent, { generation: Generation }>

/** The event that reports a generation's state. */
export const told = (id: number, generation: Generation): StateEvent => {
  const type = `generation.${generation.status}` as const
  return { id, generation_id: ID, created_at, type, generation }
}

export const position = (id: number, queue_position: number): GenerationEvent => {
  const type = 'generation.queue_position'
  return { id, generation_id: ID, created_at, type, queue_position }
}
