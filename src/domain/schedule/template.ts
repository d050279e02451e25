/** Prompts with placeholders, filled in for one run. */
import type { NormalisedInput } from '../../contract/input.ts'
import { PLACEHOLDER, type Placeholder, type ScheduleInput } from '../../contract/schedule.ts'
import { toIso } from '../../contract/units.ts'
import { wallMs } from '../zone.ts'

export interface RunMoment {
  /** The slot, or now for a manual run. */
  readonly slotMs: number
  readonly timeZone: string
  /** From 1. */
  readonly runNumber: number
}

/** The input that a run sends, with its placeholders filled in. A list of prompts takes turns. */
export const fillIn = (
  input: ScheduleInput,
  prompts: readonly string[] | null,
  moment: RunMoment,
): NormalisedInput => {
  const turn = (moment.runNumber - 1) % (prompts?.length ?? 1)
  return { ...input, prompt: fillTemplate(prompts?.[turn] ?? input.prompt ?? '', moment) }
}

const fillTemplate = (template: string, { slotMs, timeZone, runNumber }: RunMoment): string => {
  const wall = wallMs(slotMs, timeZone)
  const iso = toIso(wall)
  const values: Readonly<Record<Placeholder, string>> = {
    date: iso.slice(0, 10),
    time: iso.slice(11, 16),
    weekday: new Date(wall).toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' }),
    run_number: String(runNumber),
  }
  const known = new Map(Object.entries(values))
  return template.replaceAll(PLACEHOLDER, (whole, name: string) => known.get(name) ?? whole)
}
