/** What a transition comes to: the generation as it then is, and the events that tell of it. */
import type { StateEventType } from '../../contract/events.ts'
import type { GenerationRecord } from './generation.ts'
import type { LogLine } from './observation.ts'

/** An event to append: a change of state, or something worth telling a watcher. */
export type EventDraft =
  | { readonly type: StateEventType }
  | { readonly type: 'generation.queue_position'; readonly queuePosition: number }
  | { readonly type: 'generation.log'; readonly line: LogLine }

export interface Transition {
  readonly generation: GenerationRecord
  /** What a watcher is told of it. */
  readonly events: readonly EventDraft[]
}

/** Nothing changes. */
export const same = (generation: GenerationRecord): Transition => ({ generation, events: [] })

/** Some fields change, and each of `types` tells of it. */
export const changed = (
  generation: GenerationRecord,
  changes: Partial<GenerationRecord>,
  ...types: StateEventType[]
): Transition => ({
  generation: { ...generation, ...changes },
  events: types.map((type) => ({ type })),
})
