/** What every view is given: the client, whose key it is, and how to speak to the person. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { KeyView, Models, PikaClient, UsageView } from '../client/index.ts'
import type { Scope } from '../contract/scope.ts'
import type { Liveness } from './live.ts'
import type { Store } from './store.ts'

export interface Toast {
  readonly text: string
  /** Shown as a button, such as Undo. */
  readonly action?: { readonly label: string; readonly run: () => void } | undefined
  /** Default: 6000. */
  readonly forMs?: number | undefined
}

export interface Session {
  readonly pika: PikaClient
  /** What the page knows of generations. */
  readonly store: Store
  readonly liveness: Liveness
  readonly me: KeyView
  readonly model: Models['data'][number]
  /** Nothing was ever made with this account. */
  readonly isNew: boolean
  /** Undefined for a key that may not read. */
  readonly usage: UsageView | undefined
  /** Asks for the usage anew, after something was spent. */
  readonly refreshUsage: () => void
  readonly isEmulator: boolean
  readonly may: (scope: Scope) => boolean
  /** Says it where one looks, and to a screen reader. */
  readonly toast: (toast: Toast) => void
  /** Says it to a screen reader, politely. */
  readonly announce: (text: string) => void
  /** Shows what an error means; a key that is no longer valid leads to the key field. */
  readonly fail: (error: unknown) => void
}

/** Apart from the session, which changes when something is spent: 500 cards need not know. */
export const StoreContext = createContext<Store | undefined>(undefined)

export const SessionContext = createContext<Session | undefined>(undefined)

export const useSession = (): Session => {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error('a view needs a session')
  return session
}
