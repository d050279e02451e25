/** What the webhook receiver was sent, and how it answers, for the tests in workerd. */
import type { Received } from './receiver.ts'

const RECEIVER = 'https://receiver.test/'

/** Clears what was sent and how hosts answer. */
export const clearReceived = async (): Promise<void> =>
  void (await fetch(RECEIVER, { method: 'DELETE' }))

/** What one host or every host was sent, oldest first. */
export const received = async (host = ''): Promise<Received[]> => {
  const all: Received[] = await (await fetch(RECEIVER)).json()
  return all.filter(({ url }) => new URL(url).host.startsWith(host))
}

/** Sets how hosts answer from now on. */
export const answering = (answers: Record<string, string>): Promise<Response> =>
  fetch(RECEIVER, { method: 'POST', body: JSON.stringify(answers) })
