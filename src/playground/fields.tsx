/** Form fields: a label, a control and its error. */
import type { Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { FieldErrors } from './draft.ts'

interface RadiosProps<T> {
  legend: string
  options: readonly T[]
  value: T
  onChange: (value: T) => void
  kind?: 'segments' | 'cards'
  /** Default: the option itself. */
  draw?: (option: T) => ComponentChildren
}

/** A choice as real radio buttons, which work with arrow keys and screen readers. */
export const Radios = <T extends string | number>(props: RadiosProps<T>) => {
  const { legend, options, value, onChange, kind = 'segments', draw = (option) => option } = props
  const control = { type: 'radio', class: 'unseen', name: useId() } as const
  return (
    <fieldset class={kind}>
      <legend>{legend}</legend>
      <div>
        {options.map((one) => (
          <label key={one}>
            <input {...control} checked={one === value} onChange={() => onChange(one)} />
            <span>{draw(one)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

interface FieldProps {
  id: string
  label: string
  value: string
  onChange: (text: string) => void
  error?: string | undefined
  placeholder?: string
  type?: 'password'
  autofocus?: boolean
  required?: boolean
  /** Shown next to the label. */
  aside?: string
  /** Makes it a select. */
  options?: readonly string[]
  /** Makes it a text area of so many lines. */
  rows?: number
  /** Shown next to the control. */
  children?: ComponentChildren
}

/** A text field or the like, with its label and its error. */
export const Field = (props: FieldProps) => {
  const { id, label, value, onChange, error, aside, options, rows, children, ...others } = props
  const control = {
    ...others,
    id,
    value,
    autocomplete: 'off' as const,
    'aria-invalid': error !== undefined,
    'aria-describedby': error === undefined ? undefined : `${id}-error`,
    onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  }
  return (
    <div class="field">
      <div class="label">
        <label for={id}>{label}</label>
        <span class="note">{aside}</span>
      </div>
      <div class="joined">
        {rows !== undefined && <textarea {...control} rows={rows} />}
        {options && (
          <select {...control}>
            {options.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
        {rows === undefined && options === undefined && <input {...control} />}
        {children}
      </div>
      {error !== undefined && (
        <p class="field-error" id={`${id}-error`}>
          {label} {error}
        </p>
      )}
    </div>
  )
}

/** The props of a form's fields by name: the value of each, its error, and how to change it. */
export const fieldsOf =
  <T extends object>(form: T, set: (change: Partial<T>) => void, errors: FieldErrors = {}) =>
  <K extends keyof T & string>(id: K) => ({
    id,
    value: form[id],
    onChange: (value: T[K]) => {
      const change: Partial<T> = {}
      change[id] = value
      set(change)
    },
    error: errors[id],
  })

/** Waits until the form's errors are drawn. */
export const focusFirstError = (): void => {
  const focus = () => document.querySelector<HTMLElement>('form [aria-invalid=true]')?.focus()
  requestAnimationFrame(focus)
}

/** The props of a control that shows and changes a signal. */
export const chosen = <T,>(choice: Signal<T>) => ({
  value: choice.value,
  onChange: (value: T) => {
    choice.value = value
  },
})

interface SelectProps<T extends string> {
  label: string
  value: T
  onChange: (value: T) => void
  /** The label of each value. */
  options: Readonly<Record<T, string>>
}

export const Select = <T extends string>({ label, value, onChange, options }: SelectProps<T>) => (
  <select
    aria-label={label}
    value={value}
    onChange={({ currentTarget }) => onChange(currentTarget.value as T)}
  >
    {Object.entries<string>(options).map(([one, words]) => (
      <option key={one} value={one}>
        {words}
      </option>
    ))}
  </select>
)

type CheckProps = { label: string; value: boolean; onChange: (value: boolean) => void }

export const Check = ({ label, value, onChange }: CheckProps) => (
  <label class="check">
    <input type="checkbox" checked={value} onChange={() => onChange(!value)} />
    {label}
  </label>
)

interface ChipsProps {
  label: string
  chips: readonly (readonly [name: string, text: string])[]
  onPick: (text: string) => void
}

/** Buttons that fill a field. They send nothing. */
export const Chips = ({ label, chips, onPick }: ChipsProps) => (
  <div class="chips" role="group" aria-label={label}>
    <span class="note">{label}</span>
    {chips.map(([name, text]) => (
      <button key={name} type="button" title={text} onClick={() => onPick(text)}>
        {name}
      </button>
    ))}
  </div>
)
