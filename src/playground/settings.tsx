/** The fields for a video's shape, resolution, length and the like, which every form has. */
import type { ComponentChildren } from 'preact'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'
import { type Draft, randomSeed } from './draft.ts'
import { Field, type fieldsOf, Radios } from './fields.tsx'
import { Fold } from './ui.tsx'
import { shapeOf } from './video.tsx'

/** `children` are shown in the row of short fields. */
type SettingsProps = { field: ReturnType<typeof fieldsOf<Draft>>; children?: ComponentChildren }

export const Settings = ({ field, children }: SettingsProps) => {
  const [seed, negative] = [field('seed'), field('negative_prompt')]
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
      <Fold
        title="More: negative prompt, seed"
        open={seed.value !== '' || negative.value !== '' || seed.error !== undefined}
      >
        <Field
          {...negative}
          label="Negative prompt"
          rows={2}
          placeholder="What to keep out, such as: blurry, text, watermark"
        />
        <Field {...seed} label="Seed" placeholder="Chosen for you">
          <button type="button" onClick={() => seed.onChange(String(randomSeed()))}>
            New
          </button>
        </Field>
      </Fold>
    </>
  )
}
