/** Shape, resolution and length of a video, as every form asks for them. */
import type { ComponentChildren } from 'preact'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'
import type { Draft } from './draft.ts'
import { Radios } from './fields.tsx'
import { shapeOf } from './video.tsx'

interface SettingsProps {
  draft: Pick<Draft, 'aspect_ratio' | 'resolution' | 'duration'>
  set: (change: Partial<Draft>) => void
  /** In the row of the short ones. */
  children?: ComponentChildren
}

export const Settings = ({ draft, set, children }: SettingsProps) => (
  <>
    <Radios
      kind="cards"
      legend="Aspect ratio"
      value={draft.aspect_ratio}
      onChange={(aspect_ratio) => set({ aspect_ratio })}
      choices={ASPECT_RATIOS.map((one) => [one, [<i style={shapeOf(one)} />, one]])}
    />
    <div class="row">
      <Radios
        legend="Resolution"
        value={draft.resolution}
        onChange={(resolution) => set({ resolution })}
        choices={RESOLUTIONS.map((one) => [one, one])}
      />
      <Radios
        legend="Duration"
        value={draft.duration}
        onChange={(duration) => set({ duration })}
        choices={DURATIONS.map((one) => [one, `${one} s`])}
      />
      {children}
    </div>
  </>
)
