/** Form fields: a label, a control and its error. */
import type { Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { FieldErrors } from './draft.ts'

interface ChoiceProps<T> {
  options: readonly T[]
  value: T
  onChange: (value: T) => void
  /** Default: the option itself. */
  draw?: (option: T) => ComponentChildren
}

type RadiosProps<T> = ChoiceProps<T> & { legend: string; kind?: 'segments' | 'cards' }

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
  error?: string | undefined
  aside?: string
  children?: ComponentChildren
}

/** A field, its label and its error. The control must refer to `${id}-error`. */
export const Field = ({ id, label, error, aside, children }: FieldProps) => (
  <div class="field">
    <div class="label">
      <label for={id}>{label}</label>
      <span class="note">{aside}</span>
    </div>
    {children}
    {error !== undefined && (
      <p class="field-error" id={`${id}-error`}>
        {label} {error}
      </p>
    )}
  </div>
)

interface TextFieldProps extends FieldProps {
  value: string
  onChange: (text: string) => void
  placeholder?: string
  rows?: number
}

export const TextField = (props: TextFieldProps) => {
  const { value, onChange, placeholder, rows, children, ...field } = props
  const { id, error } = field
  const control = {
    id,
    value,
    placeholder,
    autocomplete: 'off' as const,
    'aria-invalid': error !== undefined,
    'aria-describedby': error === undefined ? undefined : `${id}-error`,
    onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  }
  return (
    <Field {...field}>
      <div class="joined">
        {rows === undefined ? <input {...control} /> : <textarea {...control} rows={rows} />}
        {children}
      </div>
    </Field>
  )
}

/** The props of a form's fields by name: the value of each, its error, and how to change it. */
export const fieldsOf =
  <T extends object>(form: T, set: (change: Partial<T>) => void, errors: FieldErrors = {}) =>
  <K extends keyof T & string>(id: K) => ({
    id,
    value: form[id],
    onChange: (value: T[K]) => set({ [id]: value } as unknown as Partial<T>),
    error: errors[id],
  })

/** Waits until the form's errors are drawn. */
export const focusFirstError = () =>
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>('form [aria-invalid=true]')?.focus(),
  )

/** The props of a control that shows and changes a signal. */
export const chosen = <T,>(choice: Signal<T>) => ({
  value: choice.value,
  onChange: (value: T) => {
    choice.value = value
  },
})

type SelectProps<T> = ChoiceProps<T> & { id?: string; label?: string }

export const Select = <T extends string>(props: SelectProps<T>) => {
  const { id, label, options, value, onChange, draw = (option) => option } = props
  const choose = (event: { currentTarget: { value: string } }) =>
    onChange(event.currentTarget.value as T)
  return (
    <select id={id} aria-label={label} value={value} onChange={choose}>
      {options.map((one) => (
        <option key={one} value={one}>
          {draw(one)}
        </option>
      ))}
    </select>
  )
}

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
