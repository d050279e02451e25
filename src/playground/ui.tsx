/** Shared components: buttons, notices, tables. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { PikaError } from '../client/index.ts'
import { useSession } from './session.ts'
import { explain } from './words.ts'

type Parent<Props> = Props & { children?: ComponentChildren }

type CopyProps = Parent<{ text: () => string | Promise<string> }>

export const Copy = ({ text, children = 'Copy' }: CopyProps) => {
  const [words, setWords] = useState<string>()
  const copy = async () => {
    const put = async () => navigator.clipboard.writeText(await text())
    let said = 'Copied'
    await put().catch(() => (said = 'Could not copy'))
    setWords(said)
    setTimeout(() => setWords(undefined), 2000)
  }
  return (
    <Act run={copy}>
      <span aria-live="polite">{words ?? children}</span>
    </Act>
  )
}

export const Source = ({ text, children }: Parent<{ text: string }>) => (
  <>
    <div class="actions">
      <Copy text={() => text} />
      {children}
    </div>
    <pre tabIndex={0}>{text}</pre>
  </>
)

type ActProps = Parent<{ run: () => Promise<unknown>; class?: string }>

/** A button that ignores presses while its action runs, and reports a failure. */
export const Act = ({ run, children, class: name }: ActProps) => {
  const { fail } = useSession()
  const [isBusy, setBusy] = useState(false)
  const press = async () => {
    if (isBusy) return
    setBusy(true)
    await run().catch(fail)
    setBusy(false)
  }
  return (
    <button class={name} aria-disabled={isBusy} aria-busy={isBusy} onClick={() => void press()}>
      {children}
    </button>
  )
}

type NoticeProps = Parent<{ title: string; text: string; class?: string }>

export const Notice = ({ title, text, children, class: name = 'notice bad' }: NoticeProps) => (
  <div class={name} role="alert">
    <h2>{title}</h2>
    <p>{text}</p>
    {children}
  </div>
)

/** Says why something could not be loaded, with a button to try again; nothing without an error. */
export const Failed = ({ error, again }: { error: unknown; again: () => void }) =>
  error === undefined ? null : (
    <Notice {...explain(error)}>
      {!(error instanceof PikaError && error.code === 'missing_scope') && (
        <p class="actions">
          <button onClick={again}>Try again</button>
        </p>
      )}
    </Notice>
  )

export const Fold = ({ title, open, children }: Parent<{ title: string; open?: boolean }>) => (
  <details class="more" open={open}>
    <summary>{title}</summary>
    {children}
  </details>
)

type Cell = ComponentChildren
type TableProps = { caption: string; heads: readonly string[]; rows: readonly (readonly Cell[])[] }

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

type FactsProps = { facts: readonly (readonly Cell[])[]; class: string }

/** A list of names and values, without those that are undefined, null or false. */
export const Facts = ({ facts, class: name }: FactsProps) => (
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

/** A button for the next page; nothing if there is none. */
export const More = ({ more }: { more: (() => Promise<void>) | undefined }) =>
  more === undefined ? null : (
    <Act class="wide" run={more}>
      Load more
    </Act>
  )
