/** Work that is left where it stands when the script is interrupted. */

/** Settles as `work` does, or rejects with the signal's reason as soon as that aborts. */
export const interruptible = <Result>(
  signal: AbortSignal,
  work: Promise<Result>,
): Promise<Result> => {
  const interruption = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  return Promise.race([work, interruption])
}
