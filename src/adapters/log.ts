/** Logs: one JSON object an event, and never a prompt, a key or a signature. */

/** What a log line may carry beside its name. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

export const log = (event: string, fields: LogFields = {}): void => {
  console.log(JSON.stringify({ event, ...fields }))
}

/** Logs that something broke. The error's own words go here, and to no caller. */
export const logError = (event: string, error: unknown, fields: LogFields = {}): void => {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  console.error(JSON.stringify({ event, error: message.slice(0, 500), ...fields }))
}
