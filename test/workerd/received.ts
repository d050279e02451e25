/** What the receiver of webhooks was sent, and how it answers, as the tests in workerd see it. */
import type { Received } from './receiver.ts'

const RECEIVER = 'https://receiver.test/'

/** Forgets all that was sent and how to answer. */
export const clearReceived = async (): Promise<void> =>
  void (await fetch(RECEIVER, { method: 'DELETE' }))

/** What a receiver was sent, the oldest first; of one host or of all. */
export const received = async (host = ''): Promise<Received[]> => {
  const all: Received[] = await (await fetch(RECEIVER)).json()
  return all.filter(({ url }) => new URL(url).host.startsWith(host))
}

/** How hosts answer from now on. */
export const answering = (answers: Record<string, string>): Promise<Response> =>
  fetch(RECEIVER, { method: 'POST', body: JSON.stringify(answers) })
