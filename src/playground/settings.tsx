/** The fields for a video's shape, resolution and length, which every form has. */
import type { ComponentChildren } from 'preact'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'
import type { Draft } from './draft.ts'
import { fieldsOf, Radios } from './fields.tsx'
import { shapeOf } from './video.tsx'

type Shared = Pick<Draft, 'aspect_ratio' | 'resolution' | 'duration'>

interface SettingsProps {
  draft: Shared
  set: (change: Partial<Shared>) => void
  /** Shown in the row of short fields. */
  children?: ComponentChildren
}

export const Settings = ({ draft, set, children }: SettingsProps) => {
  const field = fieldsOf(draft, set)
  return (
    <>
      <Radios
        kind="cards"
        legend="Aspect ratio"
        {...field('aspect_ratio')}
        options={ASPECT_RATIOS}
        draw={(ratio) => [<i style={shapeOf(ratio)} />, ratio]}
      />
      <div class="row">
        <Radios legend="Resolution" {...field('resolution')} options={RESOLUTIONS} />
        <Radios
          legend="Duration"
          {...field('duration')}
          options={DURATIONS}
          draw={(seconds) => `${seconds} s`}
        />
        {children}
      </div>
    </>
  )
}
