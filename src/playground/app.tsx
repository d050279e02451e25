/** The page: signs in, shows the view of the address, and the messages. */
import { render } from 'preact'
import { useState } from 'preact/hooks'
import { Generate } from './generate.tsx'
import { History } from './history.tsx'
import { useAnswer, useListener, useTitle } from './hooks.ts'
import { forgetKey, takeKey } from './key.ts'
import { Live } from './live.tsx'
import { addressOf, parseRoute, type Route, VIEWS } from './route.ts'
import { OneSchedule } from './schedules-one.tsx'
import { Schedules } from './schedules.tsx'
import { openSession, SessionContext, useSession } from './session.ts'
import { Shortcuts } from './shortcuts.tsx'
import { SignIn, Welcome } from './sign-in.tsx'
import { StudioContext, useOpenStudio } from './studio.tsx'
import { Failed } from './ui.tsx'
import { Usage } from './usage.tsx'

const App = () => {
  const [key, setKey] = useState(takeKey)
  const [reason, setReason] = useState<string>()
  // A link with a key may be opened in a tab that already shows the page.
  useListener('hashchange', () => setKey((now) => takeKey() ?? now))
  if (key === null) return <SignIn reason={reason} onKey={setKey} />
  const signOut = (why?: string) => {
    forgetKey()
    setReason(why)
    setKey(null)
  }
  return <SignedIn key={key} apiKey={key} onSignOut={signOut} />
}

const SignedIn = ({ apiKey, onSignOut }: { apiKey: string; onSignOut: (why?: string) => void }) => {
  const onRefused = () => onSignOut('is not valid any more. Enter another one. Your draft is kept.')
  const { answer, ...opened } = useAnswer((until) => openSession(apiKey, onRefused, until))
  if (answer === undefined) {
    return (
      <Welcome>
        <Failed {...opened} />
        {opened.error !== undefined && <button onClick={() => onSignOut()}>Use another key</button>}
      </Welcome>
    )
  }
  return (
    <SessionContext.Provider value={answer}>
      <Page onSignOut={() => onSignOut()} />
    </SessionContext.Provider>
  )
}

const Page = ({ onSignOut }: { onSignOut: () => void }) => {
  const { isEmulator, toasts, dismiss, said } = useSession()
  const [hash, setHash] = useState(location.hash)
  useListener('hashchange', () => setHash(location.hash))
  const route = parseRoute(hash)
  return (
    <>
      <Header shown={route.view} onSignOut={onSignOut} />
      {isEmulator && (
        <aside class="banner" aria-label="About this gateway">
          <strong>Sample clips.</strong> Your prompt is not rendered, and nothing is charged: prices
          show what fal would charge.
        </aside>
      )}
      <StudioContext.Provider value={useOpenStudio()}>
        <View {...route} />
      </StudioContext.Provider>
      <section class="toasts" aria-label="Notices">
        <Live />
        {toasts.value.map(({ id, text, action }) => (
          <div key={id} class="toast" onClick={() => dismiss(id)}>
            <span>{text}</span>
            {action && <button onClick={action.run}>{action.label}</button>}
          </div>
        ))}
      </section>
      <p class="unseen" role="status">
        {said}
      </p>
    </>
  )
}

const TITLES = { generate: 'Generate', history: 'History', schedules: 'Schedules', usage: 'Usage' }

const Header = ({ shown, onSignOut }: { shown: Route['view']; onSignOut: () => void }) => {
  const { me } = useSession()
  useTitle(TITLES[shown])
  return (
    <header class="top">
      <a class="brand" href="#/">
        pika-edge
      </a>
      <nav aria-label="Views">
        {VIEWS.map((view) => (
          <a key={view} href={addressOf(view)} aria-current={view === shown ? 'page' : undefined}>
            {TITLES[view]}
          </a>
        ))}
      </nav>
      <div class="account">
        <a href="/docs">API</a>
        <Shortcuts />
        <button class="quiet" title="Forgets the key in this browser" onClick={onSignOut}>
          <span class="who">{me.account_id}</span> Sign out
        </button>
      </div>
    </header>
  )
}

const View = ({ view, ids }: Route) => {
  const [id] = ids
  switch (view) {
    case 'generate':
      return <Generate ids={ids} />
    case 'history':
      return <History id={id} />
    case 'usage':
      return <Usage />
    case 'schedules':
      if (id === undefined || id === 'new') return <Schedules isNew={id === 'new'} />
      return <OneSchedule key={id} id={id} />
  }
}

const root = document.getElementById('app')
if (root !== null) render(<App />, root)
