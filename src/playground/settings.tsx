/** The fields for a video's shape, resolution, length and the like, which every form has. */
import type { ComponentChildren } from 'preact'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'
import { type FieldErrors, randomSeed } from './draft.ts'
import { Field, fieldsOf, Radios } from './fields.tsx'
import { useStudio } from './studio.tsx'
import { Fold } from './ui.tsx'
import { shapeOf } from './video.tsx'

/** `children` are shown in the row of short fields. */
type SettingsProps = { errors: FieldErrors; children?: ComponentChildren }

export const Settings = ({ errors, children }: SettingsProps) => {
  const { draft, change } = useStudio()
  const { seed, negative_prompt } = draft.value
  const field = fieldsOf(draft.value, change, errors)
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
        open={seed !== '' || negative_prompt !== '' || 'seed' in errors}
      >
        <Field
          {...field('negative_prompt')}
          label="Negative prompt"
          rows={2}
          placeholder="What to keep out, such as: blurry, text, watermark"
        />
        <Field {...field('seed')} label="Seed" placeholder="Chosen for you">
          <button type="button" onClick={() => change({ seed: String(randomSeed()) })}>
            New
          </button>
        </Field>
      </Fold>
    </>
  )
}
