/** Small parts that several views are made of. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Scope } from '../contract/scope.ts'
import { explain } from './errors.ts'
import { useSession } from './session.ts'

interface RadiosProps<T> {
  legend: string
  /** The name is read in place of a label that is drawn. */
  choices: readonly (readonly [value: T, label: ComponentChildren, name?: string])[]
  value: T
  onChange: (value: T) => void
  kind?: 'segments' | 'cards'
}

/** One of several, as real radio buttons: arrow keys and screen readers know them. */
export const Radios = <T extends string | number>(props: RadiosProps<T>) => {
  const { legend, choices, value, onChange, kind = 'segments' } = props
  const group = useId()
  const control = { type: 'radio', class: 'unseen', name: group } as const
  return (
    <fieldset class={kind}>
      <legend>{legend}</legend>
      <div>
        {choices.map(([one, label, name]) => (
          <label key={one}>
            <input
              {...control}
              checked={one === value}
              aria-label={name}
              onChange={() => onChange(one)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

interface TabsProps {
  label: string
  panels: Readonly<Record<string, () => ComponentChildren>>
  /** Beside the tabs. */
  children?: ComponentChildren
}

/** @see https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ */
export const Tabs = ({ label, panels, children }: TabsProps) => {
  const [at, setAt] = useState(0)
  const id = useId()
  const names = Object.keys(panels)
  const move = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = (at + step + names.length) % names.length
    setAt(next)
    event.currentTarget.querySelectorAll('button')[next]?.focus()
  }
  return (
    <div class="tabs">
      <div class="bar">
        <div role="tablist" aria-label={label} onKeyDown={move}>
          {names.map((name, index) => (
            <button
              key={name}
              role="tab"
              id={`${id}-${index}`}
              aria-selected={index === at}
              aria-controls={`${id}-panel`}
              tabIndex={index === at ? 0 : -1}
              onClick={() => setAt(index)}
            >
              {name}
            </button>
          ))}
        </div>
        {children}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${at}`}>
        {panels[names[at] ?? '']?.()}
      </div>
    </div>
  )
}

type CopyProps = { text: () => string | Promise<string>; children?: ComponentChildren }

/** Says on itself that it is done. */
export const Copy = ({ text, children = 'Copy' }: CopyProps) => {
  const [said, setSaid] = useState<string>()
  const copy = async () => {
    const copied = (async () => navigator.clipboard.writeText(await text()))()
    setSaid(await copied.then(() => 'Copied').catch(() => 'Could not copy'))
    setTimeout(() => setSaid(undefined), 2000)
  }
  return (
    <button onClick={() => void copy()}>
      <span aria-live="polite">{said ?? children}</span>
    </button>
  )
}

interface FieldProps {
  id: string
  label: string
  error?: string | undefined
  aside?: string
  children?: ComponentChildren
}

/** A field, its label, and what is wrong with it. The control names `${id}-error`. */
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
  onText: (text: string) => void
  placeholder?: string
  /** For text of several lines. */
  rows?: number
}

export const TextField = (props: TextFieldProps) => {
  const { value, onText, placeholder, rows, children, ...field } = props
  const { id, error } = field
  const control = {
    id,
    value,
    placeholder,
    autocomplete: 'off' as const,
    'aria-invalid': error !== undefined,
    'aria-describedby': error === undefined ? undefined : `${id}-error`,
    onInput: (event: { currentTarget: { value: string } }) => onText(event.currentTarget.value),
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

/** After the errors of a form are drawn. */
export const focusFirstError = () =>
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>('form [aria-invalid=true]')?.focus(),
  )

interface SelectProps<T extends string> {
  id?: string
  label?: string
  value: T
  options: readonly (readonly [value: T, words: string])[]
  onChange: (value: T) => void
}

export const Select = <T extends string>({ id, label, value, options, ...to }: SelectProps<T>) => {
  const choose = (event: { currentTarget: { value: string } }) =>
    to.onChange(event.currentTarget.value as T)
  return (
    <select id={id} aria-label={label} value={value} onChange={choose}>
      {options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  )
}

interface ChipsProps {
  label: string
  chips: readonly (readonly [name: string, text: string])[]
  onPick: (text: string) => void
}

/** Each fills a field, and sends nothing. */
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

type NoticeProps = { title: string; text: string; children?: ComponentChildren }

export const Notice = ({ title, text, children }: NoticeProps) => (
  <div class="notice bad" role="alert">
    <strong>{title}</strong>
    <p>{text}</p>
    {children}
  </div>
)

/** Says why something could not be shown, and offers to try again; nothing without an error. */
export const Failed = ({ error, again }: { error: unknown; again: () => void }) =>
  error === undefined ? null : (
    <Notice {...explain(error)}>
      <p class="actions">
        <button onClick={again}>Try again</button>
      </p>
    </Notice>
  )

/** Says why something is not there; nothing for a key that may. */
export const Lacks = ({ scope, to }: { scope: Scope; to: string }) =>
  useSession().may(scope) ? null : (
    <p class="notice">{`This key may not ${to}: it lacks the scope ${scope}.`}</p>
  )

interface DialogProps {
  label: string
  class?: string
  onClose: () => void
  children: ComponentChildren
}

/** Open for as long as it is drawn. Esc closes it, and what had the focus has it again. */
export const Dialog = ({ label, onClose, children, class: name }: DialogProps) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class={name} aria-label={label} onClose={onClose}>
      {children}
    </dialog>
  )
}

type Cell = ComponentChildren
type TableProps = { caption: string; heads: readonly string[]; rows: readonly (readonly Cell[])[] }

/** Rows of a name and figures. */
export const Table = ({ caption, heads, rows }: TableProps) => (
  <table>
    <caption>{caption}</caption>
    <thead>
      <tr>
        {heads.map((head) => (
          <th scope="col">{head}</th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map(([name, ...figures]) => (
        <tr>
          <th scope="row">{name}</th>
          {figures.map((figure) => (
            <td>{figure}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
)

/** A list of names and what they are; undefined, null and false are left out. */
export const Facts = ({
  facts,
  class: name,
}: {
  facts: readonly (readonly Cell[])[]
  class: string
}) => (
  <dl class={name}>
    {facts
      .filter(([, value]) => value != null && value !== false)
      .map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
)

type MoreProps = { hasMore: boolean; isLoading: boolean; more: () => Promise<void> }

export const More = ({ hasMore, isLoading, more }: MoreProps) => {
  const { fail } = useSession()
  if (!hasMore) return null
  return (
    <button class="wide" onClick={() => void more().catch(fail)} aria-disabled={isLoading}>
      {isLoading ? 'Loading…' : 'Load more'}
    </button>
  )
}
