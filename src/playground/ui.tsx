/** Small parts that several views are made of. */
import { Component, type ComponentChildren, createElement, type FunctionComponent } from 'preact'
import { useId, useRef, useState } from 'preact/hooks'

interface Choice<T> {
  readonly value: T
  readonly label: ComponentChildren
  /** Read in place of a label that is drawn. */
  readonly name?: string
}

interface RadiosProps<T> {
  readonly legend: string
  readonly choices: readonly Choice<T>[]
  readonly value: T
  readonly onChange: (value: T) => void
  readonly kind: 'segments' | 'cards'
}

/** One of several, as real radio buttons: arrow keys and screen readers know them. */
export const Radios = <T extends string | number>(props: RadiosProps<T>) => {
  const { legend, choices, value, onChange, kind } = props
  const group = useId()
  return (
    <fieldset class={kind}>
      <legend>{legend}</legend>
      <div>
        {choices.map((choice) => (
          <label key={choice.value}>
            <input
              type="radio"
              class="unseen"
              name={group}
              checked={choice.value === value}
              aria-label={choice.name}
              onChange={() => onChange(choice.value)}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

interface TabsProps {
  readonly label: string
  readonly tabs: readonly { readonly name: string; readonly panel: () => ComponentChildren }[]
  /** Beside the tabs. */
  readonly children?: ComponentChildren
}

/** @see https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ */
export const Tabs = ({ label, tabs, children }: TabsProps) => {
  const [at, setAt] = useState(0)
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = (at + step + tabs.length) % tabs.length
    setAt(next)
    list.current?.querySelectorAll('button')[next]?.focus()
  }
  return (
    <div class="tabs">
      <div class="bar">
        <div role="tablist" aria-label={label} ref={list} onKeyDown={move}>
          {tabs.map(({ name }, index) => (
            <button
              key={name}
              type="button"
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
        {tabs[at]?.panel()}
      </div>
    </div>
  )
}

interface CopyProps {
  readonly text: () => string | Promise<string>
  readonly children: ComponentChildren
  readonly class?: string
}

/** Says on itself that it is done. */
export const Copy = ({ text, children, class: name }: CopyProps) => {
  const [said, setSaid] = useState<string>()
  const copy = async () => {
    const result = await Promise.resolve(text())
      .then((value) => navigator.clipboard.writeText(value))
      .then(
        () => 'Copied',
        () => 'Could not copy',
      )
    setSaid(result)
    setTimeout(() => setSaid(undefined), 2000)
  }
  return (
    <button type="button" class={name} onClick={() => void copy()}>
      <span aria-live="polite">{said ?? children}</span>
    </button>
  )
}

interface FieldProps {
  readonly id: string
  readonly label: ComponentChildren
  readonly error: string | undefined
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
}

/** A field, its label, and what is wrong with it. The input names `${id}-error` as its description. */
export const Field = ({ id, label, error, aside, children }: FieldProps) => (
  <div class="field">
    <div class="label">
      <label for={id}>{label}</label>
      {aside}
    </div>
    {children}
    {error !== undefined && (
      <p class="field-error" id={`${id}-error`}>
        {label} {error}
      </p>
    )}
  </div>
)

export const fieldProps = (id: string, error: string | undefined) => ({
  id,
  'aria-invalid': error !== undefined,
  'aria-describedby': error === undefined ? undefined : `${id}-error`,
})

/** Drawn again only when one of its properties is another. */
export const memo = <P extends object>(draw: FunctionComponent<P>) =>
  class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return Object.entries(next).some(([name, value]) => value !== this.props[name as keyof P])
    }
    override render() {
      return createElement(draw, this.props)
    }
  }
