/** Schedules: what runs by the clock, when next, and what it costs a month. */
import type { Draft } from './draft.ts'

export interface SchedulesProps {
  /** The schedule that is open, from the address. */
  readonly id?: string | undefined
  /** What a new schedule begins with: the settings of a video. */
  readonly draft?: Draft | undefined
}

export const Schedules = (_props: SchedulesProps) => <h1>Schedules</h1>
