/** What several views show: tabs, notices, dialogs, tables. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Scope } from '../contract/scope.ts'
import { explain } from './errors.ts'
import { useSession } from './session.ts'

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
