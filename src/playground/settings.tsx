/** Shape, resolution and length of a video, as every form asks for them. */
import type { ComponentChildren } from 'preact'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'
import type { Draft } from './draft.ts'
import { Radios } from './fields.tsx'
import { sidesOf } from './video.tsx'

/** The longer side of a card's shape. */
const SHAPE_PX = 22

const Shape = ({ ratio }: { ratio: string }) => {
  const [wide, high] = sidesOf(ratio)
  const scale = SHAPE_PX / Math.max(wide, high)
  const [width, height] = [wide * scale, high * scale]
  const [x, y] = [1 + (SHAPE_PX - width) / 2, 1 + (SHAPE_PX - height) / 2]
  return (
    <svg width={SHAPE_PX + 2} height={SHAPE_PX + 2} aria-hidden="true">
      <rect x={x} y={y} width={width} height={height} rx="2" />
    </svg>
  )
}

interface SettingsProps {
  draft: Draft
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
      choices={ASPECT_RATIOS.map((one) => [one, [<Shape ratio={one} />, one], one])}
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
