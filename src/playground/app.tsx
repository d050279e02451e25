/** The frame around the views: whose key it is, where one is, and what was said last. */
import { useEffect, useState } from 'preact/hooks'
import { SessionContext, StoreContext } from './context.ts'
import { readRecipe } from './draft.ts'
import { explain } from './errors.ts'
import { Generate } from './generate.tsx'
import { History } from './history.tsx'
import { useRoute } from './hooks.ts'
import { forgetKey, readKey, takeKeyFromAddress } from './key.ts'
import { formatRoute, type Route } from './route.ts'
import { Schedules } from './schedules.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { SignIn, Welcome } from './sign-in.tsx'
import { useOpenSession } from './session.ts'
import { StudioContext, useOpenStudio } from './studio.ts'
import { Usage } from './usage.tsx'

export const App = () => {
  const [key, setKey] = useState(readKey)
  const [reason, setReason] = useState<string>()
  useEffect(() => {
    // A link with a key may be opened in the tab that has the page already.
    const take = () => {
      takeKeyFromAddress()
      setKey(readKey())
    }
    addEventListener('hashchange', take)
    return () => removeEventListener('hashchange', take)
  }, [])
  if (key === null) return <SignIn reason={reason} onKey={setKey} />
  const signOut = (why?: string) => {
    forgetKey()
    setReason(why)
    setKey(null)
  }
  return <SignedIn key={key} apiKey={key} onSignOut={signOut} />
}

interface SignedInProps {
  readonly apiKey: string
  readonly onSignOut: (why?: string) => void
}

const SignedIn = ({ apiKey, onSignOut }: SignedInProps) => {
  const route = useRoute()
  const { session, error, toasts, dismiss, said, retry } = useOpenSession(apiKey, () =>
    onSignOut('This key is not valid any more. Enter another one; your draft is kept.'),
  )
  const studio = useOpenStudio(session)
  if (error !== undefined) {
    const { title, text } = explain(error)
    return (
      <main class="sign-in">
        <h1>{title}</h1>
        <p role="alert">{text}</p>
        <p class="actions">
          <button onClick={retry}>Try again</button>
          <button onClick={() => onSignOut()}>Use another key</button>
        </p>
      </main>
    )
  }
  if (session === undefined) {
    return (
      <main class="sign-in" aria-busy="true">
        <Welcome />
      </main>
    )
  }
  return (
    <SessionContext.Provider value={session}>
      <Header route={route} account={session.me.account_id} onSignOut={() => onSignOut()} />
      {session.isEmulator && (
        <aside class="banner" aria-label="About this gateway">
          <strong>Sample clips.</strong> Your prompt is not rendered, nothing is charged.
        </aside>
      )}
      <StudioContext.Provider value={studio}>
        <StoreContext.Provider value={session.store}>
          <View route={route} />
        </StoreContext.Provider>
      </StudioContext.Provider>
      <section class="toasts" aria-label="Notices">
        {toasts.map(({ id, text, action }) => (
          <div key={id} class="toast">
            <span>{text}</span>
            {action !== undefined && (
              <button
                onClick={() => {
                  action.run()
                  dismiss(id)
                }}
              >
                {action.label}
              </button>
            )}
          </div>
        ))}
      </section>
      <p class="unseen" role="status">
        {said}
      </p>
    </SessionContext.Provider>
  )
}

const TABS: readonly (readonly [Route['view'], string])[] = [
  ['generate', 'Generate'],
  ['history', 'History'],
  ['schedules', 'Schedules'],
  ['usage', 'Usage'],
]

interface HeaderProps {
  readonly route: Route
  readonly account: string
  readonly onSignOut: () => void
}

const Header = ({ route, account, onSignOut }: HeaderProps) => {
  useEffect(() => {
    const tab = TABS.find(([view]) => view === route.view)
    document.title = `${tab?.[1] ?? ''} · pika-edge`
  }, [formatRoute(route)])
  return (
    <header class="top">
      <a class="brand" href="#/">
        <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
          <rect width="22" height="22" rx="6" fill="#ffc738" />
          <path d="M8.5 6.5v9l7-4.5z" fill="#231a00" />
        </svg>
        pika-edge
      </a>
      <nav aria-label="Views">
        {TABS.map(([view, name]) => (
          <a
            key={view}
            href={formatRoute(view === 'generate' ? { view, ids: [] } : { view })}
            aria-current={view === route.view ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <div class="account">
        <a href="/docs">API</a>
        <Shortcuts />
        <button class="quiet" title="Forgets the key in this browser" onClick={onSignOut}>
          <span class="who">{account}</span> Sign out
        </button>
      </div>
    </header>
  )
}

const View = ({ route }: { readonly route: Route }) => {
  switch (route.view) {
    case 'generate':
      return <Generate ids={route.ids} />
    case 'history':
      return <History id={route.id} />
    case 'schedules':
      return <Schedules id={route.id} draft={readRecipe(route.recipe ?? '')} />
    case 'usage':
      return <Usage />
  }
}
